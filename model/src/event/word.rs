//! Words for states, however they are spelled.
//!
//! What a CI documents is one spelling; what arrives varies by version, forwarder and hand: `CANCELLED` and `CANCELED`,
//! `In Progress` and `in_progress`, `success` and `SUCCEEDED`. An adapter reads its own CI's words first, in the form that
//! [`canonical`] gives them, and asks [`state`] of the rest. A word that means a state to nobody stays unknown.

use super::State;

/// Longer words mean nothing.
const WORD_MAX: usize = 40;

/// The word in lower case, its parts joined by `_`, in American spelling: `TimedOut` is `timed_out`.
pub(super) fn canonical(word: &str) -> String {
    let mut out = String::with_capacity(word.len().min(WORD_MAX) + 4);
    let mut was_small = false;
    for character in word.trim().chars().take(WORD_MAX + 1) {
        if matches!(character, ' ' | '-' | '_') {
            out.push('_');
        } else {
            if was_small && character.is_ascii_uppercase() {
                out.push('_');
            }
            out.push(character.to_ascii_lowercase());
        }
        was_small = character.is_ascii_lowercase();
    }
    out.replace("cancell", "cancel")
}

/// What a word in its canonical form says wherever it is said.
pub(super) fn state(word: &str) -> State {
    match word {
        "created" | "queued" | "pending" | "scheduled" => State::Queued,
        "start" | "started" | "running" | "in_progress" => State::Started,
        "resumed" => State::Resumed,
        "stopping" | "canceling" | "aborting" => State::Stopping,
        "skip" | "skipped" => State::Skipped,
        "superseded" => State::Superseded,
        "cancel" | "canceled" | "abort" | "aborted" => State::Canceled,
        "abandoned" => State::Abandoned,
        "stop" | "stopped" => State::Stopped,
        "success" | "succeeded" | "successful" | "pass" | "passed" => State::Succeeded,
        "fail" | "failed" | "failure" | "error" | "errored" | "fault" | "timeout" | "timed_out" => {
            State::Failed
        }
        _ => State::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, expect: State) {
        assert_eq!(state(&canonical(word)), expect, "{word}");
    }

    #[test]
    fn a_words_spelling_does_not_matter() {
        for canceled in
            ["CANCELLED", "CANCELED", "Cancelled", "canceled", "cancel", "Aborted", " ABORTED "]
        {
            check(canceled, State::Canceled);
        }
        for stopping in ["canceling", "CANCELLING", "Stopping"] {
            check(stopping, State::Stopping);
        }
        for started in ["IN_PROGRESS", "InProgress", "in-progress", "In Progress", "running"] {
            check(started, State::Started);
        }
        for succeeded in ["SUCCESS", "Succeeded", "successful", "passed"] {
            check(succeeded, State::Succeeded);
        }
        for failed in ["FAILURE", "Failed", "error", "TIMED_OUT", "TimedOut", "timeout"] {
            check(failed, State::Failed);
        }
        check("QUEUED", State::Queued);
        check("skipped", State::Skipped);
        check("Stopped", State::Stopped);
    }

    #[test]
    fn other_words_are_unknown() {
        for word in ["", " ", "0", "pondering", "unsuccessful", "not failed", "cancellation"] {
            check(word, State::Unknown);
        }
        check(&"success".repeat(1_000), State::Unknown);
        assert!(canonical(&"X".repeat(10_000)).len() <= WORD_MAX + 1);
    }
}
