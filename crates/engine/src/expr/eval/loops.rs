//! Evaluates comprehensions.

use super::{Eval, Items};
use crate::{
    Map, Value,
    expr::{
        ExprError,
        error::{failed, type_mismatch},
        index,
        node::{Collector, Comprehension, Target},
        val::{SetBuilder, V},
    },
};

/// The items collected so far.
enum Out {
    List(Vec<Value>, u16),
    Set(SetBuilder),
    Map(Map, u16),
    Found(Option<V>),
}

impl Eval<'_> {
    #[inline(never)]
    pub(super) fn comprehension(&mut self, c: &Comprehension) -> Result<V, ExprError> {
        let mut out = match &c.makes {
            Collector::List(_) => Out::List(Vec::new(), 0),
            Collector::Set(_) => Out::Set(SetBuilder::new()),
            Collector::Map(..) => Out::Map(Map::default(), 0),
            Collector::Any(_) | Collector::All(_) | Collector::First(..) => Out::Found(None),
        };
        self.budget.take(64)?;
        self.run_loop(c, 0, &mut out)?;
        match (out, &c.makes) {
            (Out::List(items, depth), _) => V::list(items, depth),
            (Out::Set(set), _) => set.finish(),
            (Out::Map(map, depth), _) => V::map(map, depth),
            (Out::Found(found), Collector::Any(_)) => Ok(V::flat(found.is_some())),
            (Out::Found(found), Collector::All(_)) => Ok(V::flat(found.is_none())),
            (Out::Found(Some(found)), _) => Ok(found),
            (Out::Found(None), Collector::First(_, Some(default))) => self.node(default),
            (Out::Found(None), _) => Err(failed("`next` found no item")
                .suggest(Some("write `next((… for …), None)`".to_owned()))),
        }
    }

    /// Runs the loop with this number and those inside it. `false` once the result is known.
    fn run_loop(
        &mut self,
        c: &Comprehension,
        number: usize,
        out: &mut Out,
    ) -> Result<bool, ExprError> {
        let Some(this) = c.loops.get(number) else {
            return self.element(c, out);
        };
        let over = self.node(&this.over)?;
        let mut items = Items::of(over, "`for`").map_err(|e| e.at(this.over.at as usize))?;
        'items: loop {
            let mark = self.budget.mark();
            let Some(item) = items.next(self.budget)? else {
                return Ok(true);
            };
            self.bind(&this.target, item)?;
            for test in &this.tests {
                if !self.node(test)?.truthy() {
                    self.budget.release(mark, 64);
                    continue 'items;
                }
            }
            if !self.run_loop(c, number + 1, out)? {
                return Ok(false);
            }
        }
    }

    fn element(&mut self, c: &Comprehension, out: &mut Out) -> Result<bool, ExprError> {
        let mark = self.budget.mark();
        match (&c.makes, out) {
            (Collector::List(element), Out::List(items, depth)) => {
                let value = self.node(element)?;
                *depth = (*depth).max(value.depth());
                let value = value.into_value(self.budget)?;
                self.settle(mark, &value);
                self.budget.take(48)?;
                items.push(value);
            }
            (Collector::Set(element), Out::Set(set)) => {
                let value = self.node(element)?;
                let depth = value.depth();
                let value = value.into_value(self.budget)?;
                self.settle(mark, &value);
                set.add(value, depth, self.budget)?;
            }
            (Collector::Map(key, value), Out::Map(map, depth)) => {
                let key = self.node(key)?;
                let key = index::key(&key, self.budget)?;
                let value = self.node(value)?;
                *depth = (*depth).max(value.depth());
                let value = value.into_value(self.budget)?;
                self.budget.map(1)?;
                map.insert(key, value);
            }
            (Collector::Any(element), Out::Found(found)) => {
                let hit = self.node(element)?.truthy();
                self.budget.release(mark, 0);
                if hit {
                    *found = Some(V::NULL);
                    return Ok(false);
                }
            }
            (Collector::All(element), Out::Found(found)) => {
                let hit = !self.node(element)?.truthy();
                self.budget.release(mark, 0);
                if hit {
                    *found = Some(V::NULL);
                    return Ok(false);
                }
            }
            (Collector::First(element, _), Out::Found(found)) => {
                *found = Some(self.node(element)?);
                return Ok(false);
            }
            _ => {}
        }
        Ok(true)
    }

    /// Releases the memory charged since `mark`, except for a value whose size is cheap to
    /// determine.
    pub(super) fn settle(&mut self, mark: usize, kept: &Value) {
        match kept {
            Value::List(_) | Value::Map(_) => {}
            Value::Str(text) => self.budget.release(mark, text.len() * 2 + 64),
            _ => self.budget.release(mark, 0),
        }
    }

    fn bind(&mut self, target: &Target, value: V) -> Result<(), ExprError> {
        match target {
            Target::Slot(slot) => {
                if let Some(place) = self.slots.get_mut(self.base + *slot as usize) {
                    *place = value;
                }
                Ok(())
            }
            Target::Unpack(targets) => {
                let kind = value.type_phrase();
                let mut items = Items::of(value, "unpacking")?;
                if items.left() != targets.len() {
                    return Err(type_mismatch(format!(
                        "{} names cannot be unpacked from {} items of {kind}",
                        targets.len(),
                        items.left()
                    )));
                }
                for target in targets {
                    let item = items.next(self.budget)?.unwrap_or(V::NULL);
                    self.bind(target, item)?;
                }
                Ok(())
            }
        }
    }
}
