//! The rules that decide whether a statement is restricted to one organization.
//!
//! In each SELECT, UPDATE and DELETE, including subqueries and WITH parts, every table that belongs
//! to organizations must be bound: its organization column is compared for equality (`=`, `IN` or
//! `= ANY`) with a value, or with the organization column of another bound table of the same
//! statement. The condition must hold for every row: it is in WHERE or ON, combined by AND (both
//! sides of an OR must bind). The ON of an outer join binds only the nullable side. An INSERT must
//! name the column.
//!
//! A value is anything but a column of an organization's table in the same FROM: a parameter, a
//! column of an outer query (which is checked itself) or of a subquery in FROM.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use sqlparser::{
    ast::{
        BinaryOperator, Delete, Expr, FromTable, InTarget, Insert, JoinConstraint, JoinOperator,
        ObjectName, Query, Select, SetExpr, Statement, TableAlias, TableFactor, TableObject,
        TableWithJoins, UnaryOperator, Update, UpdateTableFromKind, Visit, Visitor,
    },
    dialect::{Dialect, PostgreSqlDialect, SQLiteDialect},
    parser::Parser,
};

use super::ACROSS;

/// The tables that belong to organizations, each with its organization column.
pub type Tables = BTreeMap<String, String>;

/// The start of the comment on a statement that is meant for all organizations.
const MARK: &str = "/* across organizations: ";

/// Checks that a statement is restricted to one organization, or has a comment with a known reason
/// why it is meant for all.
pub fn check(sql: &str, postgres: bool, tables: &Tables) -> Result<(), String> {
    let plain = bound(sql, postgres, tables);
    let Some((_, rest)) = sql.split_once(MARK) else {
        return plain;
    };
    let name = rest.split_once(" */").map_or(rest, |(name, _)| name);
    if !ACROSS.iter().any(|(known, _)| *known == name) {
        return Err(format!(
            "`{name}` is not a known reason to read across organizations; see statements::ACROSS"
        ));
    }
    match plain {
        Ok(()) => Err(format!(
            "this statement is restricted to one organization; remove the comment `{name}`"
        )),
        Err(_) => Ok(()),
    }
}

fn bound(sql: &str, postgres: bool, tables: &Tables) -> Result<(), String> {
    let mentioned = sql
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| tables.contains_key(&word.to_ascii_lowercase()));
    if !mentioned {
        return Ok(());
    }
    let dialect: &dyn Dialect = if postgres {
        &PostgreSqlDialect {}
    } else {
        &SQLiteDialect {}
    };
    // The parser does not support this lock mode, which makes no difference to the check.
    let text = sql.replace("FOR NO KEY UPDATE", "FOR UPDATE");
    let statements = Parser::parse_sql(dialect, &text)
        .map_err(|e| format!("the statement cannot be parsed ({e})"))?;
    let mut walk = Walk {
        tables,
        seen: 0,
        judged: 0,
    };
    match statements.visit(&mut walk) {
        ControlFlow::Break(problem) => Err(problem),
        ControlFlow::Continue(()) if walk.seen != walk.judged => Err(format!(
            "{} tables of organizations are in a part of the statement that is not checked",
            walk.seen.abs_diff(walk.judged)
        )),
        ControlFlow::Continue(()) => Ok(()),
    }
}

/// Visits every part of a statement.
struct Walk<'a> {
    tables: &'a Tables,
    /// How many tables of organizations the parser found, and how many of them were checked.
    seen: usize,
    judged: usize,
}

impl Visitor for Walk<'_> {
    type Break = String;

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<String> {
        self.seen += usize::from(self.tables.contains_key(&last(relation)));
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<String> {
        for part in query.with.iter().flat_map(|with| &with.cte_tables) {
            let name = part.alias.name.value.to_ascii_lowercase();
            if self.tables.contains_key(&name) {
                return ControlFlow::Break(format!("WITH hides the table `{name}` by its name"));
            }
        }
        match &*query.body {
            SetExpr::Table(_) => ControlFlow::Break("TABLE reads all rows; use SELECT".to_owned()),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<String> {
        self.judge(&select.from, None, select.selection.as_ref())
    }

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<String> {
        match statement {
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            // The explained statement is visited separately.
            Statement::Query(_) | Statement::Explain { .. } => ControlFlow::Continue(()),
            _ => ControlFlow::Break(
                "this kind of statement cannot be restricted to an organization".to_owned(),
            ),
        }
    }
}

impl Walk<'_> {
    fn insert(&mut self, insert: &Insert) -> ControlFlow<String> {
        let TableObject::TableName(name) = &insert.table else {
            return ControlFlow::Continue(());
        };
        let name = last(name);
        let Some(column) = self.tables.get(&name) else {
            return ControlFlow::Continue(());
        };
        self.judged += 1;
        if insert.columns.iter().any(|named| last(named) == *column) {
            return ControlFlow::Continue(());
        }
        ControlFlow::Break(format!("INSERT INTO {name} without `{column}`"))
    }

    fn update(&mut self, update: &Update) -> ControlFlow<String> {
        let mut from = vec![update.table.clone()];
        if let Some(UpdateTableFromKind::BeforeSet(more) | UpdateTableFromKind::AfterSet(more)) =
            &update.from
        {
            from.extend(more.iter().cloned());
        }
        self.judge(&from, None, update.selection.as_ref())
    }

    fn delete(&mut self, delete: &Delete) -> ControlFlow<String> {
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        self.judge(from, delete.using.as_deref(), delete.selection.as_ref())
    }

    /// Checks the tables of one FROM.
    fn judge(
        &mut self,
        from: &[TableWithJoins],
        more: Option<&[TableWithJoins]>,
        selection: Option<&Expr>,
    ) -> ControlFlow<String> {
        let mut scope = Scope {
            tables: self.tables,
            relations: Vec::new(),
            facts: Facts::default(),
        };
        for one in from.iter().chain(more.unwrap_or_default()) {
            scope.add_all(one);
        }
        if let Some(selection) = selection {
            let facts = scope.of(selection);
            scope.facts.and(facts);
        }
        let bound = scope.facts.closed();
        for (at, relation) in scope.relations.iter().enumerate() {
            let Some(column) = &relation.column else {
                continue;
            };
            self.judged += 1;
            if !bound.contains(&at) {
                return ControlFlow::Break(format!(
                    "`{}` (as `{}`) is used without a condition on `{column}`",
                    relation.table, relation.alias
                ));
            }
        }
        ControlFlow::Continue(())
    }
}

/// A table, view or subquery in a FROM.
struct Relation {
    table: String,
    alias: String,
    /// The organization column; `None` if this is not a table of organizations.
    column: Option<String>,
}

/// The result of conditions: which relations are bound, and which are bound if another one is.
#[derive(Clone, Default)]
struct Facts {
    bound: BTreeSet<usize>,
    /// Pairs of which the first is bound if the second is.
    follows: BTreeSet<(usize, usize)>,
}

impl Facts {
    fn and(&mut self, other: Facts) {
        self.bound.extend(other.bound);
        self.follows.extend(other.follows);
    }

    /// The facts that both sides of an OR imply.
    fn or(self, other: Facts) -> Facts {
        Facts {
            bound: self.bound.intersection(&other.bound).copied().collect(),
            follows: self.follows.intersection(&other.follows).copied().collect(),
        }
    }

    /// Keeps only the facts about relations for which `keep` is true.
    fn only(mut self, keep: impl Fn(usize) -> bool) -> Facts {
        self.bound.retain(|at| keep(*at));
        self.follows.retain(|(at, _)| keep(*at));
        self
    }

    /// All bound relations, directly or through others.
    fn closed(&self) -> BTreeSet<usize> {
        let mut bound = self.bound.clone();
        loop {
            let before = bound.len();
            for (at, by) in &self.follows {
                if bound.contains(by) {
                    bound.insert(*at);
                }
            }
            if bound.len() == before {
                return bound;
            }
        }
    }
}

/// One side of an equality.
enum Side {
    /// The organization column of a relation.
    Org(usize),
    /// Another column of a table of organizations in the same FROM.
    Column,
    /// A value from elsewhere.
    Value,
}

struct Scope<'a> {
    tables: &'a Tables,
    relations: Vec<Relation>,
    facts: Facts,
}

impl Scope<'_> {
    fn add_all(&mut self, one: &TableWithJoins) {
        let first = self.relations.len();
        self.add(&one.relation);
        for join in &one.joins {
            let from = self.relations.len();
            self.add(&join.relation);
            let to = self.relations.len();
            let joined = |at: usize| (from..to).contains(&at);
            use JoinOperator as J;
            match &join.join_operator {
                J::Join(on) | J::Inner(on) | J::CrossJoin(on) | J::StraightJoin(on) => {
                    let facts = self.constraint(on, (first, from, to));
                    self.facts.and(facts);
                }
                // Unmatched rows of the left side stay in the result, whatever the condition.
                J::Left(on) | J::LeftOuter(on) => {
                    let facts = self.constraint(on, (first, from, to)).only(joined);
                    self.facts.and(facts);
                }
                J::Right(on) | J::RightOuter(on) => {
                    let facts = self
                        .constraint(on, (first, from, to))
                        .only(|at| !joined(at));
                    self.facts.and(facts);
                }
                // A full join keeps unmatched rows of both sides. Other joins are not used.
                _ => {}
            }
        }
    }

    fn add(&mut self, factor: &TableFactor) {
        let alias_of = |alias: &Option<TableAlias>| {
            alias
                .as_ref()
                .map(|alias| alias.name.value.to_ascii_lowercase())
        };
        let (table, alias, column) = match factor {
            TableFactor::Table {
                name, alias, args, ..
            } => {
                let table = last(name);
                let column = match args {
                    None => self.tables.get(&table).cloned(),
                    Some(_) => None,
                };
                (table, alias_of(alias), column)
            }
            TableFactor::NestedJoin {
                table_with_joins, ..
            } => return self.add_all(table_with_joins),
            TableFactor::Derived { alias, .. }
            | TableFactor::TableFunction { alias, .. }
            | TableFactor::Function { alias, .. }
            | TableFactor::UNNEST { alias, .. } => (String::new(), alias_of(alias), None),
            _ => (String::new(), None, None),
        };
        self.relations.push(Relation {
            alias: alias.unwrap_or_else(|| table.clone()),
            table,
            column,
        });
    }

    /// The facts that a join condition implies. `first..from` are the relations on its left,
    /// `from..to` those on its right.
    fn constraint(&self, on: &JoinConstraint, (first, from, to): (usize, usize, usize)) -> Facts {
        match on {
            JoinConstraint::On(expr) => self.of(expr),
            JoinConstraint::Using(names) | JoinConstraint::UsingAlias(names, _) => {
                let mut facts = Facts::default();
                let named = |at: &usize| {
                    let column = self.relations[*at].column.as_ref();
                    column.is_some_and(|column| names.iter().any(|name| last(name) == *column))
                };
                let by_org = names.iter().any(|name| last(name) == "org_id");
                let (left, right): (Vec<usize>, Vec<usize>) = (
                    (first..from).filter(|at| named(at)).collect(),
                    (from..to).filter(|at| named(at)).collect(),
                );
                for (one, other) in [(&left, &right), (&right, &left)] {
                    for at in one {
                        // The other side is no table of organizations, so its column is a value.
                        if other.is_empty() && by_org {
                            facts.bound.insert(*at);
                        }
                        facts.follows.extend(other.iter().map(|by| (*at, *by)));
                    }
                }
                facts
            }
            JoinConstraint::Natural | JoinConstraint::None => Facts::default(),
        }
    }

    /// The facts that hold for all rows for which a condition is true.
    fn of(&self, condition: &Expr) -> Facts {
        match condition {
            Expr::Nested(inner) => self.of(inner),
            Expr::BinaryOp { left, op, right } => match op {
                BinaryOperator::And => {
                    let mut facts = self.of(left);
                    facts.and(self.of(right));
                    facts
                }
                BinaryOperator::Or => self.of(left).or(self.of(right)),
                BinaryOperator::Eq => self.equal(left, right),
                _ => Facts::default(),
            },
            Expr::IsNotDistinctFrom(left, right) => self.equal(left, right),
            Expr::AnyOp {
                left,
                compare_op: BinaryOperator::Eq,
                ..
            } => self.is_value(left),
            Expr::In {
                expr,
                target: InTarget::List(_) | InTarget::Subquery(_),
                negated: false,
                ..
            } => match &**expr {
                Expr::Tuple(parts) => {
                    let mut facts = Facts::default();
                    for part in parts {
                        facts.and(self.is_value(part));
                    }
                    facts
                }
                expr => self.is_value(expr),
            },
            _ => Facts::default(),
        }
    }

    fn is_value(&self, expr: &Expr) -> Facts {
        let mut facts = Facts::default();
        if let Side::Org(at) = self.side(expr) {
            facts.bound.insert(at);
        }
        facts
    }

    fn equal(&self, left: &Expr, right: &Expr) -> Facts {
        let mut facts = Facts::default();
        if let (Expr::Tuple(left), Expr::Tuple(right)) = (left, right) {
            for (left, right) in left.iter().zip(right) {
                facts.and(self.equal(left, right));
            }
            return facts;
        }
        match (self.side(left), self.side(right)) {
            (Side::Org(one), Side::Org(other)) => {
                facts.follows.extend([(one, other), (other, one)]);
            }
            (Side::Org(at), Side::Value) | (Side::Value, Side::Org(at)) => {
                facts.bound.insert(at);
            }
            _ => {}
        }
        facts
    }

    fn side(&self, expr: &Expr) -> Side {
        let (qualifier, column) = match expr {
            Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => return self.side(inner),
            // In SQLite, a unary plus keeps an index on this column from being used.
            Expr::UnaryOp {
                op: UnaryOperator::Plus,
                expr,
            } => return self.side(expr),
            Expr::Identifier(name) => (None, name.value.to_ascii_lowercase()),
            Expr::CompoundIdentifier(parts) => match &parts[..] {
                [.., of, name] => (
                    Some(of.value.to_ascii_lowercase()),
                    name.value.to_ascii_lowercase(),
                ),
                _ => return Side::Value,
            },
            _ => return Side::Value,
        };
        let mut meant = self.relations.iter().enumerate().filter(|(_, relation)| {
            relation.column.is_some()
                && match &qualifier {
                    Some(qualifier) => relation.alias == *qualifier,
                    None => true,
                }
        });
        if qualifier.is_none() {
            // If two tables had the organization column, the database would report an ambiguity.
            // For other columns, the table is unknown.
            let with = |(_, relation): &(usize, &Relation)| {
                relation.column.as_deref() == Some(column.as_str())
            };
            return match meant.clone().find(with) {
                Some((at, _)) => Side::Org(at),
                None if meant.next().is_some() => Side::Column,
                None => Side::Value,
            };
        }
        match meant.next() {
            Some((at, relation)) if relation.column.as_deref() == Some(column.as_str()) => {
                Side::Org(at)
            }
            Some(_) => Side::Column,
            None => Side::Value,
        }
    }
}

/// The last part of a name, in lower case.
fn last(name: &ObjectName) -> String {
    name.0
        .last()
        .and_then(|part| part.as_ident())
        .map(|ident| ident.value.to_ascii_lowercase())
        .unwrap_or_default()
}
