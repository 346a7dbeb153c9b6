//! Reads a pipeline's document. The structures are written out whole, so that a field that `model` gets is an error here.

use model::{
    Status, Timestamp,
    page::{PageAction, PageOff, PageRun, PageStage},
};

use crate::json::{Reader, whole};

/// A pipeline with its newest runs, newest first: what is drawn of [`model::page::Page`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The pipeline's name as people know it.
    pub name: String,
    /// The headline run's status.
    pub status: Status,
    /// The first failure after the newest success.
    pub failing_since: Option<Timestamp>,
    /// The pipeline in its own CI's console.
    pub url: Option<String>,
    /// The stages that nothing may enter.
    pub off: Vec<PageOff>,
    /// Since when its CI doesn't know the pipeline any more.
    pub gone: Option<Timestamp>,
    /// Newest first.
    pub runs: Vec<PageRun>,
}

/// Reads one whole JSON value as a pipeline's document; nothing for what is none.
pub fn page(document: &[u8]) -> Option<Page> {
    whole(document, read_page)
}

fn read_page(reader: &mut Reader<'_>) -> Option<Page> {
    let (mut name, mut status, mut failing_since, mut url, mut runs) = (None, None, None, None, None);
    let (mut off, mut gone) = (Vec::new(), None);
    reader.fields(&mut |field, value| {
        match field {
            "off" => off = items(value, switched_off)?,
            "gone" => gone = value.optional(Reader::time)?,
            "name" => name = Some(value.text()?),
            "status" => status = Some(value.status()?),
            "failing_since" => failing_since = value.optional(Reader::time)?,
            "url" => url = value.optional(Reader::text)?,
            "runs" => runs = Some(items(value, run)?),
            _ => value.skip()?,
        }
        Some(())
    })?;
    Some(Page { name: name?, status: status?, failing_since, url, off, gone, runs: runs? })
}

fn switched_off(reader: &mut Reader<'_>) -> Option<PageOff> {
    let (mut stage, mut since, mut reason) = (None, None, None);
    reader.fields(&mut |field, value| {
        match field {
            "stage" => stage = Some(value.text()?),
            "since" => since = Some(value.time()?),
            "reason" => reason = value.optional(Reader::text)?,
            _ => value.skip()?,
        }
        Some(())
    })?;
    Some(PageOff { stage: stage?, since: since?, reason })
}

fn run(reader: &mut Reader<'_>) -> Option<PageRun> {
    let (mut id, mut status, mut phase, mut superseded) = (None, None, None, false);
    let (mut started, mut ended, mut attempt) = (None, None, None);
    let (mut trigger, mut change, mut url, mut stages) = (None, None, None, None);
    reader.fields(&mut |field, value| {
        match field {
            "id" => id = Some(value.text()?),
            "status" => status = Some(value.status()?),
            "phase" => phase = value.optional(Reader::phase)?,
            "superseded" => superseded = value.flag()?,
            "started" => started = Some(value.time()?),
            "ended" => ended = value.optional(Reader::time)?,
            "attempt" => attempt = Some(u32::try_from(value.number()?).ok()?),
            "trigger" => trigger = value.optional(Reader::text)?,
            "change" => change = value.optional(Reader::change)?,
            "url" => url = value.optional(Reader::text)?,
            "stages" => stages = Some(items(value, stage)?),
            _ => value.skip()?,
        }
        Some(())
    })?;
    Some(PageRun {
        id: id?,
        status: status?,
        phase,
        superseded,
        started: started?,
        ended,
        attempt: attempt?,
        trigger,
        change,
        url,
        stages: stages?,
    })
}

fn stage(reader: &mut Reader<'_>) -> Option<PageStage> {
    let (mut name, mut status, mut started, mut ended, mut actions) = (None, None, None, None, None);
    reader.fields(&mut |field, value| {
        match field {
            "name" => name = Some(value.text()?),
            "status" => status = Some(value.status()?),
            "started" => started = value.optional(Reader::time)?,
            "ended" => ended = value.optional(Reader::time)?,
            "actions" => actions = Some(items(value, action)?),
            _ => value.skip()?,
        }
        Some(())
    })?;
    Some(PageStage { name: name?, status: status?, started, ended, actions: actions? })
}

fn action(reader: &mut Reader<'_>) -> Option<PageAction> {
    let (mut name, mut status, mut kind, mut started, mut ended) = (None, None, None, None, None);
    let (mut summary, mut error, mut url) = (None, None, None);
    reader.fields(&mut |field, value| {
        match field {
            "name" => name = Some(value.text()?),
            "status" => status = Some(value.status()?),
            "kind" => kind = value.optional(Reader::text)?,
            "started" => started = value.optional(Reader::time)?,
            "ended" => ended = value.optional(Reader::time)?,
            "summary" => summary = value.optional(Reader::text)?,
            "error" => error = value.optional(Reader::text)?,
            "url" => url = value.optional(Reader::text)?,
            _ => value.skip()?,
        }
        Some(())
    })?;
    Some(PageAction { name: name?, status: status?, kind, started, ended, summary, error, url })
}

fn items<T>(reader: &mut Reader<'_>, read: fn(&mut Reader<'_>) -> Option<T>) -> Option<Vec<T>> {
    let mut items = Vec::new();
    reader.items(&mut |item| read(item).map(|item| items.push(item)))?;
    Some(items)
}

#[cfg(test)]
mod tests {
    use model::tile::{Change, Phase};
    use proptest::{collection::vec, option::of, prelude::*, sample::select};

    use super::*;

    fn status() -> impl Strategy<Value = Status> {
        select(vec![Status::Started, Status::Succeeded, Status::Failed, Status::Waiting, Status::Stopped, Status::Unknown])
    }

    fn time() -> impl Strategy<Value = Timestamp> {
        (0..253_402_300_799_999_i64).prop_map(|ms| Timestamp::from_unix_ms(ms).unwrap())
    }

    fn text() -> impl Strategy<Value = Option<String>> {
        of("\\PC{0,6}")
    }

    fn any_action() -> impl Strategy<Value = PageAction> {
        (any::<String>(), status(), text(), of(time()), of(time()), text(), text(), text()).prop_map(
            |(name, status, kind, started, ended, summary, error, url)| PageAction {
                name,
                status,
                kind,
                started,
                ended,
                summary,
                error,
                url,
            },
        )
    }

    fn any_stage() -> impl Strategy<Value = PageStage> {
        (any::<String>(), status(), of(time()), of(time()), vec(any_action(), 0..3))
            .prop_map(|(name, status, started, ended, actions)| PageStage { name, status, started, ended, actions })
    }

    fn any_run() -> impl Strategy<Value = PageRun> {
        let change =
            (text(), text(), text(), text()).prop_map(|(message, author, revision, url)| Change { message, author, revision, url });
        let state = (status(), of(select(vec![Phase::Queued, Phase::Stopping, Phase::Other])), any::<bool>());
        let times = (time(), of(time()), any::<u32>());
        (any::<String>(), state, times, text(), of(change), text(), vec(any_stage(), 0..3)).prop_map(
            |(id, (status, phase, superseded), (started, ended, attempt), trigger, change, url, stages)| PageRun {
                id,
                status,
                phase,
                superseded,
                started,
                ended,
                attempt,
                trigger,
                change,
                url,
                stages,
            },
        )
    }

    fn any_page() -> impl Strategy<Value = model::page::Page> {
        let off = (any::<String>(), time(), text()).prop_map(|(stage, since, reason)| PageOff { stage, since, reason });
        (any::<String>(), status(), of(time()), text(), vec(off, 0..3), of(time()), vec(any_run(), 0..3)).prop_map(
            |(name, status, failing_since, url, off, gone, runs)| model::page::Page {
                id: "codepipeline:eu-west-1:111122223333:a".parse().unwrap(),
                name,
                status,
                failing_since,
                url,
                off,
                gone,
                runs,
            },
        )
    }

    fn by_serde(document: &[u8]) -> Option<Page> {
        let model::page::Page { id: _, name, status, failing_since, url, off, gone, runs } = serde_json::from_slice(document).ok()?;
        Some(Page { name, status, failing_since, url, off, gone, runs })
    }

    proptest! {
        #[test]
        fn any_page_is_read_as_serde_reads_it(page in any_page()) {
            let document = serde_json::to_vec(&page).unwrap();
            prop_assert!(super::page(&document).is_some());
            prop_assert_eq!(super::page(&document), by_serde(&document));
        }

        /// What has been tampered with anywhere is read as serde reads it, or refused. The id is not read.
        #[test]
        fn nothing_else_is_read_than_serde_reads(page in any_page(), at in any::<prop::sample::Index>(), byte in "[\\[\\]{}\",:\\\\0-9a-z ]") {
            const ID: usize = br#"{"id":"codepipeline:eu-west-1:111122223333:a""#.len();
            let mut document = serde_json::to_vec(&page).unwrap();
            let at = ID + at.index(document.len() - ID);
            document[at] = byte.as_bytes()[0];
            if let Some(read) = super::page(&document) {
                prop_assert_eq!(Some(read), by_serde(&document), "{}", String::from_utf8_lossy(&document));
            }
        }
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for document in ["", "<!doctype html>", "[]", "null", r#"{"id":"a:b:c:d","name":"d","status":"FAILED"}"#] {
            assert_eq!(page(document.as_bytes()), None, "{document}");
        }
    }
}
