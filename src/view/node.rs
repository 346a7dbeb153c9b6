//! A plain tree of elements, and how the page is brought to look like it.
//!
//! The framework's own views have a type for each shape of tree and code for each type, which together would be half of
//! the wall's WebAssembly. A tile, header or message is a [`Node`] instead: data, drawn by the few lines below. To the
//! framework it is a view like any other.

use std::{borrow::Cow, future::ready};

use leptos::tachys::{
    html::attribute::{Attribute, any_attribute::AnyAttribute},
    hydration::Cursor,
    renderer::{
        Rndr,
        types::{Element, Node as DomNode},
    },
    view::{Mountable, Position, PositionState, Render, RenderHtml, add_attr::AddAnyAttr},
};
use wasm_bindgen::JsCast as _;

const SVG: &str = "http://www.w3.org/2000/svg";

type Text = Cow<'static, str>;

/// An element or a text, and all in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Nothing: a text.
    tag: Option<&'static str>,
    text: Text,
    attributes: Vec<(&'static str, Text)>,
    /// Set one by one, for a content security policy forbids the `style` attribute.
    styles: Vec<(&'static str, Text)>,
    children: Vec<Node>,
}

/// An element without attributes.
pub fn element(tag: &'static str) -> Node {
    Node { tag: Some(tag), ..Node::default() }
}

/// A text; never read as anything else.
pub fn text(text: impl Into<Text>) -> Node {
    Node { text: text.into(), ..Node::default() }
}

/// A paragraph of a class.
pub fn paragraph(class: &'static str, words: impl Into<Text>) -> Node {
    element("p").with("class", class).child(text(words))
}

impl Node {
    /// With an attribute.
    pub fn with(mut self, name: &'static str, value: impl Into<Text>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// With a property of its style.
    pub fn styled(mut self, name: &'static str, value: impl Into<Text>) -> Self {
        self.styles.push((name, value.into()));
        self
    }

    /// With one more child.
    pub fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// With more children.
    pub fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }
}

/// A node on the page.
pub struct Drawn {
    dom: DomNode,
    node: Node,
    children: Vec<Drawn>,
}

impl Drawn {
    fn change(&mut self, mut new: Node) {
        if self.node.tag != new.tag {
            let mut drawn = new.build();
            self.insert_before_this(&mut drawn);
            self.unmount();
            *self = drawn;
            return;
        }
        if let Some(element) = self.dom.dyn_ref::<Element>() {
            for (name, value) in changed(&self.node.attributes, &new.attributes) {
                match value {
                    Some(value) => Rndr::set_attribute(element, name, value),
                    None => Rndr::remove_attribute(element, name),
                }
            }
            set_styles(element, changed(&self.node.styles, &new.styles));
            let children = std::mem::take(&mut new.children);
            for surplus in self.children.drain(children.len().min(self.children.len())..) {
                Rndr::remove(&surplus.dom);
            }
            let mut old = self.children.iter_mut();
            let mut more = Vec::new();
            for child in children {
                match old.next() {
                    Some(old) => old.change(child),
                    None => more.push(child.appended_to(element)),
                }
            }
            self.children.append(&mut more);
        } else if self.node.text != new.text {
            Rndr::set_text(self.dom.unchecked_ref(), &new.text);
        }
        self.node = new;
    }
}

/// What is to be set (with its value) or removed to get from the old list to the new one.
fn changed<'a>(
    old: &'a [(&'static str, Text)],
    new: &'a [(&'static str, Text)],
) -> impl Iterator<Item = (&'static str, Option<&'a str>)> + use<'a> {
    let value = |list: &'a [(&'static str, Text)], name: &str| list.iter().find(|(other, _)| *other == name).map(|(_, value)| &**value);
    let gone = old.iter().filter(move |(name, _)| value(new, name).is_none()).map(|(name, _)| (*name, None));
    let set = new.iter().map(|(name, text)| (*name, Some(&**text))).filter(move |(name, text)| value(old, name) != *text);
    gone.chain(set)
}

fn set_styles<'a>(element: &Element, styles: impl Iterator<Item = (&'static str, Option<&'a str>)>) {
    for (name, value) in styles {
        Rndr::set_css_property(&Rndr::style(element), name, value.unwrap_or_default());
    }
}

impl Node {
    fn appended_to(self, parent: &Element) -> Drawn {
        let drawn = self.build();
        Rndr::insert_node(parent, &drawn.dom, None);
        drawn
    }
}

impl Render for Node {
    type State = Drawn;

    fn build(mut self) -> Drawn {
        let Some(tag) = self.tag else {
            return Drawn { dom: Rndr::create_text_node(&self.text).into(), node: self, children: Vec::new() };
        };
        let element = Rndr::create_element(tag, matches!(tag, "svg" | "path" | "use").then_some(SVG));
        for (name, value) in &self.attributes {
            Rndr::set_attribute(&element, name, value);
        }
        set_styles(&element, changed(&[], &self.styles));
        let children = std::mem::take(&mut self.children).into_iter().map(|child| child.appended_to(&element)).collect();
        Drawn { dom: element.into(), node: self, children }
    }

    fn rebuild(self, drawn: &mut Drawn) {
        drawn.change(self);
    }
}

impl Mountable for Drawn {
    fn unmount(&mut self) {
        Rndr::remove(&self.dom);
    }

    fn mount(&mut self, parent: &Element, marker: Option<&DomNode>) {
        Rndr::insert_node(parent, &self.dom, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        let parent = Rndr::get_parent(&self.dom);
        let parent = parent.as_ref().and_then(|parent| parent.dyn_ref::<Element>());
        parent.map(|parent| child.mount(parent, Some(&self.dom))).is_some()
    }

    fn elements(&self) -> Vec<Element> {
        self.dom.dyn_ref::<Element>().cloned().into_iter().collect()
    }
}

impl AddAnyAttr for Node {
    type Output<SomeNewAttr: Attribute> = Self;

    fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self {
        self
    }
}

/// What the framework asks of views that servers draw, too. This one is only drawn in browsers.
impl RenderHtml for Node {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    fn resolve(self) -> impl Future<Output = Self> + Send {
        ready(self)
    }

    fn to_html_with_buf(self, _: &mut String, _: &mut Position, _: bool, _: bool, _: Vec<AnyAttribute>) {}

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> Drawn {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_set() {
        let list = |text: &'static str| -> Vec<(&'static str, Text)> {
            text.split_whitespace().filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name, value.into())).collect()
        };
        for (old, new, expect) in [
            ("", "", ""),
            ("", "a=1 b=2", "a=1 b=2"),
            ("a=1 b=2", "a=1 b=3", "b=3"),
            ("a=1 b=2", "b=2", "-a"),
            ("a=1", "b=2 a=1", "b=2"),
            ("a=1 b=2", "c=3", "-a -b c=3"),
        ] {
            let (old, new) = (list(old), list(new));
            let steps: Vec<_> =
                changed(&old, &new).map(|(name, value)| value.map_or(format!("-{name}"), |value| format!("{name}={value}"))).collect();
            assert_eq!(steps.join(" "), expect);
        }
    }
}
