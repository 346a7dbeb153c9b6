//! The tab's title and icon.

use leptos::prelude::document;

/// Sets the title.
pub fn set_title(title: &str) {
    document().set_title(title);
}

/// Sets the icon to an SVG document, which must not contain `#` or `%` unescaped.
pub fn set_icon(svg: &str) {
    if let Some(link) = document().get_element_by_id("icon") {
        // Fails only for an invalid attribute name.
        let _ = link.set_attribute("href", &format!("data:image/svg+xml,{svg}"));
    }
}
