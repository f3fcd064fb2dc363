//! Writing elements.

use std::fmt::Write;

use quick_xml::escape::escape;

/// An element that is written.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    content: Vec<Content>,
}

#[derive(Clone, Debug)]
enum Content {
    Text(String),
    Element(Element),
}

impl Element {
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            attributes: Vec::new(),
            content: Vec::new(),
        }
    }

    /// The element with an attribute more.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// The element with an attribute more, if there is a value.
    pub fn with_some(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The element with a text at its end.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.content.push(Content::Text(text.into()));
        self
    }

    /// The element with a child at its end.
    pub fn child(mut self, child: Element) -> Self {
        self.content.push(Content::Element(child));
        self
    }

    /// The element with children at its end.
    pub fn children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.content
            .extend(children.into_iter().map(Content::Element));
        self
    }

    /// Puts a child behind the first one.
    pub fn insert_second(&mut self, child: Element) {
        let at = self.content.len().min(1);
        self.content.insert(at, Content::Element(child));
    }

    /// The element as XML.
    pub fn to_xml(&self) -> String {
        let mut xml = String::new();
        self.write(&mut xml);
        xml
    }

    fn write(&self, xml: &mut String) {
        xml.push('<');
        xml.push_str(self.name);
        for (name, value) in &self.attributes {
            // Writing to a string cannot fail.
            let _ = write!(xml, " {name}=\"{}\"", escape(value));
        }
        xml.push('>');
        for content in &self.content {
            match content {
                Content::Text(text) => xml.push_str(&escape(text)),
                Content::Element(element) => element.write(xml),
            }
        }
        let _ = write!(xml, "</{}>", self.name);
    }
}
