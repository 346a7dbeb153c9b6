//! A plain tree of elements, and how the page is brought to look like it.
//!
//! The framework's own views have a type for each shape of tree and code for each type; together they would be half of
//! the wall's WebAssembly (see the limit in xtask/src/size.rs). A tile, header or message is a [`Node`] instead: data, drawn by the few
//! lines below. Signals and effects are the framework's.

use std::{borrow::Cow, cell::RefCell, rc::Rc};

use leptos::{
    reactive::effect::RenderEffect,
    tachys::renderer::{
        Rndr,
        types::{Element, Node as DomNode},
    },
};
use wasm_bindgen::JsCast as _;

const SVG: &str = "http://www.w3.org/2000/svg";

type Text = Cow<'static, str>;
/// Names and values.
pub type Pairs = Vec<(&'static str, Text)>;

/// An element or a text, and all in it.
#[derive(Clone, Debug, Default)]
pub struct Node(Box<Inside>);

#[derive(Clone, Debug, Default)]
struct Inside {
    /// Nothing: a text.
    tag: Option<&'static str>,
    text: Text,
    attributes: Pairs,
    /// Set through the DOM, for a content security policy forbids the `style` attribute; one by one, for where nothing but
    /// `transform` is set the browser leaves the rest of an element's style as it is.
    styles: Pairs,
    /// Empty once it is drawn: what is on the page has its own.
    children: Vec<Node>,
    alike: Option<Alike>,
}

/// What things that look alike have in common.
type Alike = [&'static str; 2];

thread_local! {
    /// What copies are made of.
    static ORIGINALS: RefCell<Vec<(Alike, Drawn)>> = const { RefCell::new(Vec::new()) };
}

/// An element without attributes.
#[inline(never)]
pub fn element(tag: &'static str) -> Node {
    Node(Box::new(Inside { tag: Some(tag), ..Inside::default() }))
}

/// A text; never read as anything else.
#[inline(never)]
pub fn text(text: impl Into<Text>) -> Node {
    Node(Box::new(Inside { text: text.into(), ..Inside::default() }))
}

/// A paragraph of a class.
#[inline(never)]
pub fn paragraph(class: &'static str, words: String) -> Node {
    element("p").with("class", class).child(text(words))
}

impl Node {
    /// With an attribute.
    #[inline(never)]
    pub fn with(mut self, name: &'static str, value: impl Into<Text>) -> Self {
        self.0.attributes.push((name, value.into()));
        self
    }

    /// With a mark for the style sheets, if it is so.
    pub fn with_if(self, is_so: bool, name: &'static str) -> Self {
        if is_so { self.with(name, "") } else { self }
    }

    /// With a style of its own.
    #[inline(never)]
    pub fn styled(mut self, property: &'static str, value: String) -> Self {
        self.0.styles.push((property, value.into()));
        self
    }

    /// One of many that look alike: it begins as a copy of another, which takes one call of the browser in the place of many.
    pub fn alike(mut self, what: Alike) -> Self {
        self.0.alike = Some(what);
        self
    }

    /// With one more child.
    #[inline(never)]
    pub fn child(mut self, child: Self) -> Self {
        self.0.children.push(child);
        self
    }

    /// With one more child, if there is one.
    #[inline(never)]
    pub fn child_if(self, child: Option<Self>) -> Self {
        match child {
            Some(child) => self.child(child),
            None => self,
        }
    }

    /// Draws it, nowhere as yet.
    pub fn drawn(self) -> Drawn {
        let Some(alike) = self.0.alike else {
            return self.drawn_anew();
        };
        let copy = ORIGINALS.with_borrow(|originals| {
            originals.iter().find(|(other, _)| *other == alike).and_then(|(_, drawn)| drawn.copy())
        });
        if let Some(mut drawn) = copy {
            drawn.change(self);
            return drawn;
        }
        let drawn = self.drawn_anew();
        ORIGINALS
            .with_borrow_mut(|originals| originals.extend(drawn.copy().map(|copy| (alike, copy))));
        drawn
    }

    fn drawn_anew(self) -> Drawn {
        let inside = *self.0;
        let Some(tag) = inside.tag else {
            return Drawn {
                dom: Rndr::create_text_node(&inside.text).into(),
                node: inside,
                children: Vec::new(),
            };
        };
        let element = Rndr::create_element(tag, matches!(tag, "svg" | "path").then_some(SVG));
        let mut drawn = Drawn {
            dom: element.clone().into(),
            node: Inside { tag: inside.tag, ..Inside::default() },
            children: Vec::with_capacity(inside.children.len()),
        };
        drawn.change_element(&element, inside);
        drawn
    }
}

/// A node on the page.
pub struct Drawn {
    dom: DomNode,
    /// As it was drawn, without its children.
    node: Inside,
    children: Vec<Drawn>,
}

impl Drawn {
    fn copy(&self) -> Option<Self> {
        Some(self.standing(self.dom.clone_node_with_deep(true).ok()?))
    }

    /// The same, where `dom` is its copy.
    fn standing(&self, dom: DomNode) -> Self {
        let mut next = if self.children.is_empty() { None } else { dom.first_child() };
        let children = self.children.iter().map_while(|child| {
            let dom = next.take()?;
            next = dom.next_sibling();
            Some(child.standing(dom))
        });
        Self { children: children.collect(), node: self.node.clone(), dom }
    }

    /// Makes it look like another, which only sets what differs.
    pub fn change(&mut self, new: Node) {
        if self.node.tag != new.0.tag {
            let drawn = new.drawn();
            if let Some(parent) = self.dom.parent_element() {
                Rndr::insert_node(&parent, &drawn.dom, Some(&self.dom));
            }
            Rndr::remove(&self.dom);
            *self = drawn;
        } else if let Some(element) = self.dom.dyn_ref::<Element>().cloned() {
            self.change_element(&element, *new.0);
        } else if self.node.text != new.0.text {
            Rndr::set_text(self.dom.unchecked_ref(), &new.0.text);
            self.node = *new.0;
        }
    }

    fn change_element(&mut self, element: &Element, mut new: Inside) {
        for_changed(&self.node.attributes, &new.attributes, &mut |name, value| match value {
            Some(value) => Rndr::set_attribute(element, name, value),
            None => Rndr::remove_attribute(element, name),
        });
        restyle(element, &self.node.styles, &new.styles);
        let count = new.children.len();
        for (index, child) in std::mem::take(&mut new.children).into_iter().enumerate() {
            if let Some(old) = self.children.get_mut(index) {
                old.change(child);
            } else {
                let child = child.drawn();
                Rndr::insert_node(element, &child.dom, None);
                self.children.push(child);
            }
        }
        while self.children.len() > count {
            if let Some(surplus) = self.children.pop() {
                Rndr::remove(&surplus.dom);
            }
        }
        self.node = new;
    }
}

fn restyle(element: &Element, old: &Pairs, new: &Pairs) {
    for_changed(old, new, &mut |name, value| match value {
        Some(value) => Rndr::set_css_property(&Rndr::style(element), name, value),
        None => Rndr::remove_css_property(&Rndr::style(element), name),
    });
}

/// Says what is to be set (with its value) or removed to get from the old list to the new one.
fn for_changed(old: &Pairs, new: &Pairs, then: &mut dyn FnMut(&str, Option<&str>)) {
    let value = |list: &Pairs, name: &str| list.iter().position(|(other, _)| *other == name);
    for (name, _) in old {
        if value(new, name).is_none() {
            then(name, None);
        }
    }
    for pair in new {
        if value(old, pair.0).and_then(|index| old.get(index)) != Some(pair) {
            then(pair.0, Some(&pair.1));
        }
    }
}

/// A view on the page that follows the signals it reads, until it is dropped. It stays in the page until it is removed.
pub struct Following {
    drawn: Rc<RefCell<Option<Drawn>>>,
    effects: Vec<RenderEffect<()>>,
}

impl Following {
    /// Draws a view, nowhere as yet.
    pub fn new(view: impl Fn() -> Node + 'static) -> Self {
        Self::boxed(Box::new(view))
    }

    /// One piece of code for all views.
    fn boxed(view: Box<dyn Fn() -> Node>) -> Self {
        let drawn = Rc::new(RefCell::new(None::<Drawn>));
        let shared = Rc::clone(&drawn);
        let effect = RenderEffect::new(move |_| {
            let node = view();
            match &mut *shared.borrow_mut() {
                Some(drawn) => drawn.change(node),
                nothing => *nothing = Some(node.drawn()),
            }
        });
        Self { drawn, effects: vec![effect] }
    }

    /// With styles that follow signals of their own, so that the view isn't drawn again for them.
    pub fn placed(mut self, styles: impl Fn() -> Pairs + 'static) -> Self {
        if let Some(element) = self.dom().and_then(|dom| dom.dyn_into::<Element>().ok()) {
            let mut old = Pairs::new();
            self.effects.push(RenderEffect::new(move |_| {
                let new = styles();
                restyle(&element, &old, &new);
                old = new;
            }));
        }
        self
    }

    /// Puts the view into `parent`, before `next` or at the end. Gives back its place.
    pub fn put(&self, parent: &Element, next: Option<&DomNode>) -> Option<DomNode> {
        let dom = self.dom()?;
        Rndr::insert_node(parent, &dom, next);
        Some(dom)
    }

    /// Takes the view off the page.
    pub fn remove(&self) {
        if let Some(dom) = self.dom() {
            Rndr::remove(&dom);
        }
    }

    /// Where it is.
    pub fn dom(&self) -> Option<DomNode> {
        self.drawn.borrow().as_ref().map(|drawn| drawn.dom.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_set() {
        let list = |text: &'static str| -> Pairs {
            text.split_whitespace()
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (name, value.into()))
                .collect()
        };
        for (old, new, expect) in [
            ("", "", ""),
            ("", "a=1 b=2", "a=1 b=2"),
            ("a=1 b=2", "a=1 b=3", "b=3"),
            ("a=1 b=2", "b=2", "-a"),
            ("a=1", "b=2 a=1", "b=2"),
            ("a=1 b=2", "c=3", "-a -b c=3"),
        ] {
            let mut steps = Vec::new();
            for_changed(&list(old), &list(new), &mut |name, value| {
                steps.push(value.map_or(format!("-{name}"), |value| format!("{name}={value}")));
            });
            assert_eq!(steps.join(" "), expect);
        }
    }
}
