use super::*;
use crate::{feed::Rows, options::Display};

const TELEVISION: Viewport =
    Viewport { width: 1920, height: 1080, banner: 0, columns: None, display: Display::Kiosk };

fn row(name: &str, rest: &str) -> String {
    format!(r#"{{"id":"codepipeline:eu-west-1:111122223333:{name}","name":"{name}",{rest}}}"#)
}

struct Wall {
    board: Board,
    rows: Rows,
    order: RwSignal<Vec<Entry>>,
    summary: RwSignal<Summary>,
    _owner: Owner,
}

impl Wall {
    fn new() -> Self {
        Self::of("")
    }

    fn of(query: &str) -> Self {
        let owner = Owner::new();
        owner.set();
        let (order, summary) = (RwSignal::default(), RwSignal::default());
        let board = Board::new(Options::parse(query), TELEVISION, order, summary);
        Self { board, rows: Rows::default(), order, summary, _owner: owner }
    }

    /// Applies a complete answer. Returns the announced changes.
    fn take(&mut self, rows: &[String]) -> Vec<(String, TileStatus)> {
        let mut changes = Changes::default();
        self.rows.read(format!("[{}]", rows.join(",")).as_bytes(), &mut changes).unwrap();
        self.rows.complete(&mut changes);
        self.board.apply(changes)
    }

    fn order(&self) -> String {
        let name = |entry: &Entry| {
            let content = entry.content.get_untracked();
            match (content.subject, content.location) {
                (Subject::Pipeline(tile), None) => tile.name.clone(),
                (Subject::Pipeline(tile), Some(Location { full, short })) if full == short => {
                    format!("{} ({full})", tile.name)
                }
                (Subject::Pipeline(tile), Some(Location { full, short })) => {
                    format!("{} ({full}, {short})", tile.name)
                }
                (Subject::Group(Group { name, passed, all, worst }), _) => {
                    format!("[{name} {passed}/{all} {}]", worst.name())
                }
            }
        };
        self.order.with_untracked(|order| order.iter().map(name).collect::<Vec<_>>().join(" "))
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
    assert_eq!(wall.board.summary.counts, [2, 2, 1, 1, 1, 2]);
}

#[test]
fn only_changed_tiles_are_set_and_only_a_status_reorders() {
    let mut wall = Wall::new();
    let (a, b) = (row("a", r#""status":"STARTED""#), row("b", r#""status":"STARTED""#));
    let moves =
        |wall: &Wall| wall.order.get_untracked().iter().map(|entry| entry.moves).sum::<u32>();
    assert_eq!(wall.take(&[a.clone(), b.clone()]), []);
    let first = wall.board.entries[0].tile().unwrap();
    assert_eq!(wall.take(&[a.clone(), row("b", r#""status":"STARTED","stage":"Prod""#)]), []);
    assert_eq!(wall.board.entries[1].tile().unwrap().stage.as_deref(), Some("Prod"));
    assert!(Arc::ptr_eq(&first, &wall.board.entries[0].tile().unwrap()));
    assert_eq!(moves(&wall), 0);
    let changed = wall.take(&[a.clone(), row("b", r#""status":"FAILED""#)]);
    assert_eq!(changed, [("b".to_owned(), TileStatus::Failed)]);
    assert_eq!((wall.order().as_str(), moves(&wall)), ("b a", 1));
    assert_eq!(wall.take(&[a]), []);
    assert_eq!(wall.order(), "a");
}

#[test]
fn the_heartbeat_is_not_a_tile_and_the_oldest_one_counts() {
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
        let Heartbeat { oldest, from, newest } = wall.summary.get_untracked().heartbeat.unwrap();
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
fn pages_of_the_shelf_turn_and_no_two_tiles_share_a_position() {
    let mut wall = Wall::new();
    let status = |index| {
        if index < 9 { r#""status":"FAILED""# } else { r#""status":"SUCCEEDED""# }
    };
    let rows: Vec<_> = (0..600).map(|index| row(&format!("p{index:03}"), status(index))).collect();
    wall.take(&rows);
    let chips = |wall: &Wall| -> Vec<usize> {
        let is_chip = |entry: &Entry| {
            entry
                .content
                .with_untracked(|content| content.look.is_some_and(|look| look.form == Form::Chip))
        };
        (0..wall.board.entries.len()).filter(|index| is_chip(&wall.board.entries[*index])).collect()
    };
    let has_own_position = |wall: &Wall| {
        let mut positions: Vec<_> = wall
            .board
            .entries
            .iter()
            .filter_map(|entry| entry.position.get_untracked())
            .map(|position| (position.x, position.y))
            .collect();
        positions.sort_unstable();
        positions.windows(2).all(|two| two[0] != two[1])
    };
    let (first, pages) = (chips(&wall), wall.board.summary.layout.pages);
    let loud =
        600 - wall.board.positions.iter().filter(|position| position.form == Form::Chip).count();
    assert!(pages > 1 && loud > 0 && first[0] == loud);
    let mut seen = loud + first.len();
    for _ in 1..pages {
        wall.board.turn_page();
        while wall.board.turn_more() {
            assert!(chips(&wall).contains(&seen) && has_own_position(&wall));
        }
        assert_eq!(chips(&wall)[0], seen);
        seen += chips(&wall).len();
    }
    assert_eq!(seen, 600);
    wall.board.turn_page();
    assert!(
        wall.board.turn_more() && chips(&wall).contains(&first[0]) && chips(&wall).contains(&599)
    );
    while wall.board.turn_more() {}
    assert_eq!(chips(&wall), first);

    wall.take(&rows[599..]);
    assert_eq!((wall.order().as_str(), wall.board.summary.page), ("p599", 0));
}

#[test]
fn only_matching_pipelines_are_on_the_wall() {
    let mut wall = Wall::of("?filter=shop");
    let rows = [
        row("shop", r#""status":"STARTED""#),
        row("shop-web", r#""status":"SUCCEEDED""#),
        row("pay", r#""status":"FAILED""#),
    ];
    wall.take(&rows);
    assert_eq!(wall.order(), "shop shop-web");
    assert_eq!((wall.board.summary.counts, wall.board.summary.hidden), ([0, 0, 1, 0, 0, 1], 1));
    wall.board.filter(Filter::parse("-shop"));
    assert_eq!(wall.order(), "pay");
    wall.board.filter(Filter::parse("status:passed"));
    assert_eq!((wall.order().as_str(), wall.board.summary.all_passed()), ("shop-web", true));
    wall.take(&[row("shop", r#""status":"SUCCEEDED""#), rows[1].clone(), rows[2].clone()]);
    assert_eq!(wall.order(), "shop shop-web");
    wall.board.filter(Filter::default());
    assert_eq!(wall.order(), "pay shop shop-web");
}

#[test]
fn by_name_a_pipeline_keeps_its_position() {
    let mut wall = Wall::of("?sort=name");
    wall.take(&[row("b", r#""status":"SUCCEEDED""#), row("a", r#""status":"SUCCEEDED""#)]);
    assert_eq!(wall.order(), "a b");
    wall.take(&[row("b", r#""status":"FAILED""#), row("a", r#""status":"SUCCEEDED""#)]);
    assert_eq!(wall.order(), "a b");
}

#[test]
fn the_latest_event_comes_first() {
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
fn a_group_replaces_its_passed_pipelines() {
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
    assert_eq!((wall.order().as_str(), wall.board.summary.groups), ("pay pay_api", 0));
    wall.board.filter(Filter::default());
    assert_eq!(
        (wall.order().as_str(), wall.board.summary.groups),
        ("[pay 2/2 passed] [shop 1/1 passed]", 2)
    );
}

#[test]
fn pipelines_with_one_name_have_a_location() {
    let mut wall = Wall::of("?accounts=111122223333:prod");
    let one = row("shop", r#""status":"SUCCEEDED""#);
    let web = row("web", r#""status":"SUCCEEDED""#);
    let in_account = one.replace("111122223333", "444455556666");
    let in_region = one.replace("eu-west-1", "us-east-1");
    let mut check = |rows: &[&String], expect: &str| {
        wall.take(&rows.iter().map(|row| (*row).clone()).collect::<Vec<_>>());
        assert_eq!(wall.order(), expect);
    };
    // Behind the comma, what distinguishes them.
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
