//! Reads a row's tile. The structures are written out whole, so that a field that `model` gets is an error here.

use model::{
    Status, Tile,
    tile::{Past, TileRun, TileStage},
};

use crate::json::{Reader, whole};

/// Reads one whole JSON value as a tile; nothing for what is none.
pub fn tile(row: &[u8]) -> Option<Tile> {
    whole(row, Reader::tile)
}

impl Reader<'_> {
    fn tile(&mut self) -> Option<Tile> {
        let (mut id, mut name, mut status) = (None, None, None);
        let (mut stage, mut run, mut change, mut failing_since, mut url) =
            (None, None, None, None, None);
        let (mut off, mut gone) = (None, None);
        let (mut stages, mut history) = (Vec::new(), Vec::new());
        self.fields(&mut |field, value| {
            match field {
                "id" => id = Some(value.text()?.parse().ok()?),
                "name" => name = Some(value.text()?),
                "status" => status = Some(value.status()?),
                "stage" => stage = value.optional(Reader::text)?,
                "stages" => {
                    value.items(&mut |item| item.stage().map(|stage| stages.push(stage)))?;
                }
                "run" => run = value.optional(Reader::run)?,
                "change" => change = value.optional(Reader::change)?,
                "history" => value.items(&mut |item| item.past().map(|past| history.push(past)))?,
                "failing_since" => failing_since = value.optional(Reader::time)?,
                "url" => url = value.optional(Reader::text)?,
                "off" => off = value.optional(Reader::text)?,
                "gone" => gone = value.optional(Reader::time)?,
                _ => value.skip()?,
            }
            Some(())
        })?;
        Some(Tile {
            id: id?,
            name: name?,
            status: status?,
            stage,
            stages,
            run,
            change,
            history,
            failing_since,
            verdict: None,
            url,
            off,
            gone,
        })
    }

    fn stage(&mut self) -> Option<TileStage> {
        let (mut name, mut status, mut action, mut since, mut typical_s) =
            (None, None, None, None, None);
        self.fields(&mut |field, value| {
            match field {
                "name" => name = Some(value.text()?),
                "status" => status = value.optional(Reader::status)?,
                "action" => action = value.optional(Reader::text)?,
                "since" => since = value.optional(Reader::time)?,
                "typical_s" => typical_s = value.optional(Reader::number)?,
                _ => value.skip()?,
            }
            Some(())
        })?;
        Some(TileStage { name: name?, status, action, since, typical_s })
    }

    fn run(&mut self) -> Option<TileRun> {
        let (mut id, mut attempt, mut phase, mut typical_s) = (None, None, None, None);
        let (mut behind, mut error) = (None, None);
        let (mut started, mut updated, mut ended) = (None, None, None);
        self.fields(&mut |field, value| {
            match field {
                "id" => id = Some(value.text()?),
                "started" => started = Some(value.time()?),
                "updated" => updated = value.optional(Reader::time)?,
                "ended" => ended = value.optional(Reader::time)?,
                "attempt" => attempt = Some(u32::try_from(value.number()?).ok()?),
                "typical_s" => typical_s = value.optional(Reader::number)?,
                "phase" => phase = value.optional(Reader::phase)?,
                "error" => error = value.optional(Reader::text)?,
                "behind" => behind = u32::try_from(value.number()?).ok(),
                _ => value.skip()?,
            }
            Some(())
        })?;
        Some(TileRun {
            id: id?,
            started: started?,
            updated: updated.or(ended)?,
            ended,
            attempt: attempt.unwrap_or(1),
            typical_s,
            phase,
            number: None,
            error,
            behind: behind.unwrap_or_default(),
        })
    }

    fn past(&mut self) -> Option<Past> {
        let (mut status, mut seconds) = (None, None);
        self.fields(&mut |field, value| {
            match field {
                "status" => status = Some(value.status()?),
                "seconds" => seconds = value.optional(Reader::number)?,
                _ => value.skip()?,
            }
            Some(())
        })?;
        Some(Past { status: status.unwrap_or(Status::Succeeded), seconds })
    }
}

#[cfg(test)]
mod tests {
    use model::{
        Timestamp,
        tile::{Change, Phase},
    };
    use proptest::prelude::*;

    use super::*;

    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["\\PC{0,12}", any::<String>()]
    }

    fn status() -> impl Strategy<Value = Status> {
        prop::sample::select(vec![
            Status::Started,
            Status::Succeeded,
            Status::Failed,
            Status::Waiting,
            Status::Stopped,
            Status::Unknown,
        ])
    }

    fn time() -> impl Strategy<Value = Timestamp> {
        (0..253_402_300_799_999_i64).prop_map(|ms| Timestamp::from_unix_ms(ms).unwrap())
    }

    fn maybe<T: std::fmt::Debug>(
        value: impl Strategy<Value = T>,
    ) -> impl Strategy<Value = Option<T>> {
        prop::option::of(value)
    }

    fn run() -> impl Strategy<Value = TileRun> {
        let phase = prop::sample::select(vec![Phase::Queued, Phase::Stopping, Phase::Other]);
        (text(), time(), time(), maybe(time()), any::<u32>(), maybe(any::<u64>()), maybe(phase))
            .prop_map(|(id, started, updated, ended, attempt, typical_s, phase)| TileRun {
                id,
                started,
                updated,
                ended,
                attempt,
                typical_s,
                phase,
                number: None,
                error: None,
                behind: attempt % 3,
            })
    }

    fn stage() -> impl Strategy<Value = TileStage> {
        (text(), maybe(status()), maybe(text()), maybe(time()), maybe(any::<u64>())).prop_map(
            |(name, status, action, since, typical_s)| TileStage {
                name,
                status,
                action,
                since,
                typical_s,
            },
        )
    }

    fn any_tile() -> impl Strategy<Value = Tile> {
        let change = (maybe(text()), maybe(text()), maybe(text()), maybe(text()))
            .prop_map(|(message, author, revision, url)| Change { message, author, revision, url });
        let past =
            (status(), maybe(any::<u64>())).prop_map(|(status, seconds)| Past { status, seconds });
        let lists = (prop::collection::vec(stage(), 0..4), prop::collection::vec(past, 0..4));
        (
            text(),
            status(),
            maybe(text()),
            lists,
            maybe(run()),
            maybe(change),
            maybe(time()),
            (maybe(text()), maybe(text()), maybe(time())),
        )
            .prop_map(
                |(
                    name,
                    status,
                    stage,
                    (stages, history),
                    run,
                    change,
                    failing_since,
                    (url, off, gone),
                )| Tile {
                    id: "codepipeline:eu-west-1:111122223333:a".parse().unwrap(),
                    name,
                    status,
                    stage,
                    stages,
                    run,
                    change,
                    history,
                    failing_since,
                    verdict: None,
                    url,
                    off,
                    gone,
                },
            )
    }

    proptest! {
        #[test]
        fn any_tile_is_read_as_serde_reads_it(tile in any_tile()) {
            let row = tile.to_json().into_bytes();
            prop_assert_eq!(super::tile(&row), serde_json::from_slice(&row).ok());
        }

        /// What has been tampered with anywhere is read as serde reads it, or refused.
        #[test]
        fn nothing_else_is_read_than_serde_reads(tile in any_tile(), at in any::<prop::sample::Index>(), byte in "[\\[\\]{}\",:\\\\0-9a-z ]") {
            let mut row = tile.to_json().into_bytes();
            let at = at.index(row.len());
            row[at] = byte.as_bytes()[0];
            if let Some(read) = super::tile(&row) {
                prop_assert_eq!(Some(read), serde_json::from_slice(&row).ok(), "{}", String::from_utf8_lossy(&row));
            }
        }
    }

    #[track_caller]
    fn check(fields: &str, name: Option<&str>) {
        let row = format!(
            r#"{{"id":"codepipeline:eu-west-1:111122223333:a","status":"FAILED",{fields}}}"#
        );
        assert_eq!(tile(row.as_bytes()).map(|tile| tile.name).as_deref(), name, "{row}");
        assert_eq!(
            serde_json::from_str::<Tile>(&row).ok().map(|tile| tile.name).as_deref(),
            name,
            "{row}"
        );
    }

    #[test]
    fn reads_escapes_nulls_and_what_it_does_not_know() {
        check(
            r#""name":"\u0041\u00e9\ud83d\ude80\n\"\\\/" , "run" : null, "stages" : [ ] "#,
            Some("Aé🚀\n\"\\/"),
        );
        check(r#""name":"a","new":{"deep":[1e308,-0.5,true,"]}"]},"url":null"#, Some("a"));
        check(
            r#""name":"a","run":{"id":"1","started":"2026-01-01T00:00:00Z","updated":"2026-01-01T00:00:00Z","attempt":1}"#,
            Some("a"),
        );
    }

    #[test]
    fn what_is_left_out_follows_from_the_rest() {
        let rest = r#""history":[{"seconds":9}],"run":{"id":"1","started":"2026-01-01T00:00:00Z","ended":"2026-01-01T00:00:09Z"}"#;
        let tile = tile(
            format!(r#"{{"id":"a:b:c:d","name":"d","status":"SUCCEEDED",{rest}}}"#).as_bytes(),
        )
        .unwrap();
        assert_eq!(tile.history, [Past { status: Status::Succeeded, seconds: Some(9) }]);
        assert_eq!(
            tile.run.map(|run| (run.updated.to_string(), run.attempt)),
            Some(("2026-01-01T00:00:09Z".to_owned(), 1))
        );
    }

    #[test]
    fn refuses_what_is_no_tile() {
        check(r#""name":5"#, None);
        check(r#""name":"\ud83d""#, None);
        check(r#""name":"\ud83dx""#, None);
        check(r#""name":"a","failing_since":"2026-04-31T00:00:00Z""#, None);
        check(r#""name":"a","history":[{"status":"FAILED","seconds":-1}]"#, None);
        check(r#""name":"a","history":[{"status":"FAILED","seconds":1.5}]"#, None);
        check(r#""name":"a","history":[{"status":"FAILED"},]"#, None);
        check(r#""name":"a","run":{"id":"1","started":"2026-01-01T00:00:00Z"}"#, None);
        check("\"name\":\"a\nb\"", None);
        check(r#""name":"a"}"#, None);
    }
}
