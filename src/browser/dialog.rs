//! Modal dialogs.

use web_sys::HtmlDialogElement;

/// Opens a dialog that is on the page, and gives it the focus.
pub fn open(dialog: &HtmlDialogElement) {
    // Refused only for one that is open already.
    let _ = dialog.show_modal();
    // Nothing in it is more urgent than the whole.
    let _ = dialog.focus();
}
