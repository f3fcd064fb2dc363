//! Adds members to objects and lists and removes them, with the blanks and commas around them.

use super::{
    Layout,
    style::{Around, Gaps, Style, is_gap},
    tree::{Container, Docs, Member, Text},
};

/// The text around something that was removed, as hints for adding it again. A hint is absent if
/// adding it without one gives the same text.
#[derive(Debug, Default)]
pub(super) struct Hints {
    pub before: Option<String>,
    pub after: Option<String>,
}

impl Container {
    /// The gaps before and after a member that is added at `at`.
    fn around_new(&self, at: usize, gaps: Gaps) -> (Text, Text) {
        let number = self.members.len();
        let gap = |at: usize| self.gaps.get(at).cloned().unwrap_or_else(|| "".into());
        match at {
            _ if number == 0 => (Text::Own(gaps.lead.into()), Text::Own(gaps.trail.into())),
            at if at >= number => (Text::Own(gaps.between.into()), gap(number)),
            at => (gap(at), Text::Own(gaps.between.into())),
        }
    }

    /// The gap that is left when the member at `at` is removed.
    fn without(&self, at: usize) -> Text {
        let number = self.members.len();
        let gap = |at: usize| self.gaps.get(at).cloned().unwrap_or_else(|| "".into());
        match at {
            _ if number <= 1 => "".into(),
            at if at + 1 == number => gap(number),
            at => gap(at),
        }
    }

    /// Adds a member. Returns the hint with which [`Container::remove`] restores the text.
    pub fn insert(
        &mut self,
        docs: &Docs,
        at: usize,
        member: Member,
        gaps: Gaps,
        layout: &Layout,
    ) -> Option<String> {
        let number = self.members.len();
        let at = at.min(number);
        let old = self
            .gaps
            .get(at)
            .map_or("", |gap| docs.text(gap))
            .to_owned();
        let (mut before, mut after) = self.around_new(at, gaps);
        if let Some(hint) = fits(layout.before.as_deref(), at > 0) {
            before = hint.into();
        }
        if let Some(hint) = fits(layout.after.as_deref(), at < number) {
            after = hint.into();
        }
        self.gaps.splice(at..=at, [before, after]);
        self.members.insert(at, member);
        self.came(at);
        let left = self.without(at);
        (docs.text(&left) != old).then_some(old)
    }

    /// Removes a member. Returns it with the hints with which [`Container::insert`] restores the
    /// text.
    pub fn remove(
        &mut self,
        docs: &Docs,
        style: &Style,
        around: &Around,
        at: usize,
        layout: &Layout,
    ) -> (Member, Hints) {
        let text = |gap: Option<&Text>| gap.map_or("", |gap| docs.text(gap)).to_owned();
        let (before, after) = (text(self.gaps.get(at)), text(self.gaps.get(at + 1)));
        let inner = at > 0 && at + 1 < self.members.len();
        let left = match fits(layout.gap.as_deref(), inner) {
            Some(hint) => hint.into(),
            None => self.without(at),
        };
        self.gaps.splice(at..=at + 1, [left]);
        let member = self.members.remove(at);
        self.left(at, &member);
        let flat = member.key.is_none() && docs.view(&member.item).text().is_some();
        let (b, a) = self.around_new(at, style.gaps(docs, self, around, flat));
        // In a container that is empty now, the layout is not certain to be chosen the same again.
        let sure = !self.members.is_empty();
        let hints = Hints {
            before: (!sure || docs.text(&b) != before).then_some(before),
            after: (!sure || docs.text(&a) != after).then_some(after),
        };
        (member, hints)
    }

    /// Keeps some of the members. Leaves the same gaps as removing the others one by one.
    pub fn keep(&mut self, is_kept: impl Fn(&Member) -> bool) {
        if self.members.iter().all(&is_kept) {
            return;
        }
        let members = std::mem::take(&mut self.members);
        let mut gaps = std::mem::take(&mut self.gaps).into_iter();
        // What stands before those that go stays there.
        let mut before: Option<Text> = None;
        for member in members {
            let gap = gaps.next().unwrap_or_else(|| "".into());
            let gap = before.take().unwrap_or(gap);
            if is_kept(&member) {
                self.members.push(member);
                self.gaps.push(gap);
            } else {
                before = Some(gap);
            }
        }
        let last = gaps.next().filter(|_| !self.members.is_empty());
        self.gaps.push(last.unwrap_or_else(|| "".into()));
        self.changed();
    }

    /// Adds fields to an object, each before the member that has its number now, and in their
    /// order. The numbers rise. Leaves the same gaps as adding them one by one.
    pub fn weave(
        &mut self,
        docs: &Docs,
        style: &Style,
        around: &Around,
        new: Vec<(usize, Member)>,
    ) {
        let mut new = new.into_iter().peekable();
        if self.members.is_empty()
            && let Some((_, first)) = new.next()
        {
            let gaps = style.gaps(docs, self, around, false);
            self.gaps = vec![Text::Own(gaps.lead.into()), Text::Own(gaps.trail.into())];
            self.members.push(first);
            // The others follow it.
            new = new
                .map(|(_, member)| (1, member))
                .collect::<Vec<_>>()
                .into_iter()
                .peekable();
        }
        let between = Text::Own(style.gaps(docs, self, around, false).between.into());
        let members = std::mem::take(&mut self.members);
        let mut gaps = std::mem::take(&mut self.gaps).into_iter();
        for (at, member) in members.into_iter().enumerate() {
            let mut gap = gaps.next().unwrap_or_else(|| "".into());
            while let Some((_, more)) = new.next_if(|(place, _)| *place <= at) {
                self.gaps.push(std::mem::replace(&mut gap, between.clone()));
                self.members.push(more);
            }
            self.gaps.push(gap);
            self.members.push(member);
        }
        for (_, more) in new {
            self.gaps.push(between.clone());
            self.members.push(more);
        }
        self.gaps.push(gaps.next().unwrap_or_else(|| "".into()));
        self.changed();
    }
}

/// A hint, if it is blanks with as many commas as the place needs.
fn fits(hint: Option<&str>, comma: bool) -> Option<&str> {
    hint.filter(|hint| is_gap(hint, usize::from(comma)))
}
