use super::*;
use crate::options::Display;
use leptos::prelude::Owner;

const TELEVISION: Screen =
    Screen { width: 1920, height: 1080, banner: 0, columns: None, display: Display::Kiosk };

fn row(name: &str, rest: &str) -> String {
    format!(r#"{{"id":"codepipeline:eu-west-1:111122223333:{name}","name":"{name}",{rest}}}"#)
}

struct Wall {
    board: Board,
    _owner: Owner,
}

impl Wall {
    fn new() -> Self {
        Self::of("")
    }

    fn of(query: &str) -> Self {
        let owner = Owner::new();
        owner.set();
        let options = Box::leak(Box::new(Options::parse(query)));
        Self { board: Board::new(options, Signals::default(), TELEVISION), _owner: owner }
    }

    /// Takes in a whole answer. Whether it changed the order.
    fn take(&mut self, rows: &[String]) -> bool {
        self.board.take(format!("[{}]", rows.join(",")).as_bytes()).unwrap();
        let reordered = self.board.reordered || self.board.entries.len() > rows.len();
        self.board.show(true);
        reordered
    }

    fn order(&self) -> String {
        let name = |entry: &Entry| {
            entry.shown.with_untracked(|shown| match (&shown.what, &shown.place) {
                (What::Pipeline(tile), None) => tile.name.clone(),
                (What::Pipeline(tile), Some(Place { whole, short })) if whole == short => {
                    format!("{} ({whole})", tile.name)
                }
                (What::Pipeline(tile), Some(Place { whole, short })) => {
                    format!("{} ({whole}, {short})", tile.name)
                }
                (What::Group(group), _) => format!(
                    "[{} {}/{} {}]",
                    group.name,
                    group.passed,
                    group.all,
                    group.worst.name()
                ),
            })
        };
        self.board
            .signals
            .order
            .with_untracked(|order| order.iter().map(name).collect::<Vec<_>>().join(" "))
    }
}

#[test]
fn failed_first_then_waiting_running_stopped_and_passed_by_name() {
    let mut wall = Wall::new();
    wall.take(&[
        row("b", r#""status":"SUCCEEDED""#),
        row("a", r#""status":"SUCCEEDED""#),
        row("run", r#""status":"STARTED""#),
        row("old", r#""status":"FAILED","failing_since":"2026-11-23T08:00:00Z""#),
        row("new", r#""status":"FAILED","failing_since":"2026-11-23T09:00:00Z""#),
        row("stop", r#""status":"STOPPED""#),
        row("odd", r#""status":"LEVITATING""#),
        row("short", r#""status":"WAITING","stages":[{"name":"P","status":"WAITING","since":"2026-11-23T09:00:00Z"}]"#),
        row("long", r#""status":"WAITING","stages":[{"name":"P","status":"WAITING","since":"2026-11-23T08:00:00Z"}]"#),
    ]);
    assert_eq!(wall.order(), "new old long short run stop odd a b");
    assert_eq!(wall.board.frame.counts, [2, 2, 1, 1, 1, 2]);
}

#[test]
fn only_what_changed_is_set_and_only_a_state_reorders() {
    let mut wall = Wall::new();
    let (a, b) = (row("a", r#""status":"STARTED""#), row("b", r#""status":"STARTED""#));
    assert!(wall.take(&[a.clone(), b.clone()]));
    assert!(!wall.take(&[a.clone(), b.clone()]));
    let first = wall.board.entries[0].pipeline().unwrap();
    assert!(!wall.take(&[a.clone(), row("b", r#""status":"STARTED","stage":"Prod""#)]));
    assert_eq!(wall.board.entries[1].pipeline().unwrap().stage.as_deref(), Some("Prod"));
    assert!(Arc::ptr_eq(&first, &wall.board.entries[0].pipeline().unwrap()));
    assert!(wall.take(&[a.clone(), row("b", r#""status":"FAILED""#)]));
    assert_eq!(wall.order(), "b a");
    assert!(wall.take(&[a]));
    assert_eq!(wall.order(), "a");
}

#[test]
fn an_answer_that_broke_off_removes_nothing() {
    let mut wall = Wall::new();
    let (a, b) = (row("a", r#""status":"STARTED""#), row("b", r#""status":"STARTED""#));
    wall.take(&[a.clone(), b]);
    assert_eq!(
        wall.board.take(format!("[{},{{", row("a", r#""status":"FAILED""#)).as_bytes()),
        Err(NoRows)
    );
    wall.board.show(false);
    assert_eq!(wall.order(), "a b");
    assert_eq!(wall.board.entries[0].rank.state, State::Failed);
}

#[test]
fn the_heartbeat_is_no_tile_and_the_oldest_one_counts() {
    let mut wall = Wall::of("?accounts=111122223333:prod");
    let beat = |region: &str, time: &str| {
        format!(
            r#"{{"id":"pipelines-dashboard:{region}:111122223333:heartbeat","name":"heartbeat","status":"SUCCEEDED","run":{{"id":"heartbeat","started":"{time}","updated":"{time}","attempt":1}}}}"#
        )
    };
    wall.take(&[
        beat("eu-west-1", "2026-11-23T09:00:00Z"),
        beat("us-east-1", "2026-11-23T08:00:00Z"),
    ]);
    let heartbeat = |wall: &Wall| {
        let Heartbeat { oldest, from, newest } =
            wall.board.signals.frame.get_untracked().heartbeat.unwrap();
        format!("{from} at {oldest}, newest at {newest}")
    };
    assert_eq!(
        heartbeat(&wall),
        "prod · us-east-1 at 2026-11-23T08:00:00Z, newest at 2026-11-23T09:00:00Z"
    );
    wall.take(&[beat("eu-west-1", "2026-11-23T09:05:00Z")]);
    assert_eq!(
        heartbeat(&wall),
        "prod · eu-west-1 at 2026-11-23T09:05:00Z, newest at 2026-11-23T09:05:00Z"
    );
    assert_eq!(wall.order(), "");
}

#[test]
fn pages_of_the_shelf_turn_round_and_no_two_stand_at_one_place() {
    let mut wall = Wall::new();
    let status = |index| {
        if index < 9 { r#""status":"FAILED""# } else { r#""status":"SUCCEEDED""# }
    };
    let rows: Vec<_> = (0..600).map(|index| row(&format!("p{index:03}"), status(index))).collect();
    wall.take(&rows);
    let chips = |wall: &Wall| -> Vec<usize> {
        let is_chip = |entry: &Entry| {
            entry.shown.with_untracked(|shown| matches!(shown.look, Some((Form::Chip, _))))
        };
        (0..wall.board.entries.len()).filter(|index| is_chip(&wall.board.entries[*index])).collect()
    };
    let is_in_its_place = |wall: &Wall| {
        let mut places: Vec<_> = wall
            .board
            .entries
            .iter()
            .filter_map(|entry| entry.spot.get_untracked())
            .map(|spot| (spot.x, spot.y))
            .collect();
        places.sort_unstable();
        places.windows(2).all(|two| two[0] != two[1])
    };
    let (first, pages) = (chips(&wall), wall.board.frame.layout.pages);
    let loud = 600 - wall.board.spots.iter().filter(|spot| spot.form == Form::Chip).count();
    assert!(pages > 1 && loud > 0 && first[0] == loud);
    let mut seen = loud + first.len();
    for _ in 1..pages {
        wall.board.turn();
        while wall.board.turn_on() {
            assert!(chips(&wall).contains(&seen) && is_in_its_place(&wall));
        }
        assert_eq!(chips(&wall)[0], seen);
        seen += chips(&wall).len();
    }
    assert_eq!(seen, 600);
    wall.board.turn();
    assert!(
        wall.board.turn_on() && chips(&wall).contains(&first[0]) && chips(&wall).contains(&599)
    );
    while wall.board.turn_on() {}
    assert_eq!(chips(&wall), first);

    // Some of an answer has come, and the rest of it is on its way.
    wall.board.turn();
    wall.board.take(format!("[{}]", row("a", r#""status":"SUCCEEDED""#)).as_bytes()).unwrap();
    assert!(!wall.board.turn_on() && chips(&wall).contains(&(first[0] + 1)));
    wall.board.show(false);
    assert!(is_in_its_place(&wall) && !chips(&wall).contains(&first[0]) && !wall.board.turn_on());
    wall.take(&rows[599..]);
    assert_eq!((wall.order().as_str(), wall.board.frame.page), ("p599", 0));
}

#[test]
fn only_what_is_asked_for_stands_on_the_wall() {
    let mut wall = Wall::of("?filter=shop");
    let rows = [
        row("shop", r#""status":"STARTED""#),
        row("shop-web", r#""status":"SUCCEEDED""#),
        row("pay", r#""status":"FAILED""#),
    ];
    wall.take(&rows);
    assert_eq!(wall.order(), "shop shop-web");
    assert_eq!((wall.board.frame.counts, wall.board.frame.hidden), ([0, 0, 1, 0, 0, 1], 1));
    wall.board.filter(Filter::parse("-shop"));
    assert_eq!(wall.order(), "pay");
    wall.board.filter(Filter::parse("status:passed"));
    assert_eq!((wall.order().as_str(), wall.board.frame.all_pass()), ("shop-web", true));
    wall.take(&[row("shop", r#""status":"SUCCEEDED""#), rows[1].clone(), rows[2].clone()]);
    assert_eq!(wall.order(), "shop shop-web");
    wall.board.filter(Filter::default());
    assert_eq!(wall.order(), "pay shop shop-web");
}

#[test]
fn by_name_a_pipeline_keeps_its_place_whatever_becomes_of_it() {
    let mut wall = Wall::of("?sort=name");
    wall.take(&[row("b", r#""status":"SUCCEEDED""#), row("a", r#""status":"SUCCEEDED""#)]);
    assert_eq!(wall.order(), "a b");
    wall.take(&[row("b", r#""status":"FAILED""#), row("a", r#""status":"SUCCEEDED""#)]);
    assert_eq!(wall.order(), "a b");
}

#[test]
fn recent_news_come_first() {
    let mut wall = Wall::of("?sort=recent");
    let at = |name: &str, time: &str| {
        row(
            name,
            &format!(
                r#""status":"SUCCEEDED","run":{{"id":"1","started":"{time}","updated":"{time}","attempt":1}}"#
            ),
        )
    };
    wall.take(&[at("a", "2026-11-23T08:00:00Z"), at("b", "2026-11-23T09:00:00Z")]);
    assert_eq!(wall.order(), "b a");
    wall.take(&[at("a", "2026-11-23T10:00:00Z"), at("b", "2026-11-23T09:00:00Z")]);
    assert_eq!(wall.order(), "a b");
}

#[test]
fn a_group_stands_for_those_that_pass() {
    let mut wall = Wall::of("?group=prefix");
    let rows = [
        row("shop-web", r#""status":"FAILED""#),
        row("shop-api", r#""status":"SUCCEEDED""#),
        row("pay_api", r#""status":"SUCCEEDED""#),
        row("pay", r#""status":"SUCCEEDED""#),
    ];
    wall.take(&rows);
    assert_eq!(wall.order(), "shop-web [pay 2/2 passed] [shop 1/2 failed]");
    let [_, rest @ ..] = &rows;
    wall.take(rest);
    assert_eq!(wall.order(), "[pay 2/2 passed] [shop 1/1 passed]");
    wall.board.filter(Filter::parse("prefix:\"pay\""));
    assert_eq!((wall.order().as_str(), wall.board.frame.groups), ("pay pay_api", 0));
    wall.board.filter(Filter::default());
    assert_eq!(
        (wall.order().as_str(), wall.board.frame.groups),
        ("[pay 2/2 passed] [shop 1/1 passed]", 2)
    );
}

#[test]
fn pipelines_with_one_name_say_where_they_are() {
    let mut wall = Wall::of("?accounts=111122223333:prod");
    let one = row("shop", r#""status":"SUCCEEDED""#);
    let web = row("web", r#""status":"SUCCEEDED""#);
    let in_account = one.replace("111122223333", "444455556666");
    let in_region = one.replace("eu-west-1", "us-east-1");
    let mut check = |rows: &[&String], expect: &str| {
        wall.take(&rows.iter().map(|row| (*row).clone()).collect::<Vec<_>>());
        assert_eq!(wall.order(), expect);
    };
    // Behind the comma what tells them apart, for where there is room for no more.
    let by_account = "shop (prod eu-west-1, prod) shop (444455556666 eu-west-1, 444455556666) web";
    check(&[&one, &in_account, &web], by_account);
    check(&[&one, &web], "shop web");
    check(&[&in_account, &one, &web], by_account);
    check(&[&one, &in_region], "shop (prod eu-west-1, eu-west-1) shop (prod us-east-1, us-east-1)");
    check(
        &[&one, &in_region, &in_account],
        "shop (prod eu-west-1) shop (444455556666 eu-west-1, 444455556666) shop (prod us-east-1, us-east-1)",
    );
}
