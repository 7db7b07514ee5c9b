//! A row of a statement: which table, under which name, and whose. Every condition is about a row, so that none can forget the
//! tenant or mean another table of the same statement.

use super::error::{Error, Result};
use super::{Actor, Permission, Permissions};
use entity::scope::{Hanging, Scope, Scoped};
use sea_orm::sea_query::{Alias, DynIden, Expr, ExprTrait, IntoIden, Query, SelectStatement};
use sea_orm::{Condition, EntityTrait, Iden, IdenStatic, Iterable};

/// What a row hangs under, while it is asked whether that lies in the bin.
const ABOVE: &str = "above";

/// A row that a statement speaks of.
#[derive(Clone, Debug)]
pub struct Row {
    name: DynIden,
    depth: u8,
    organization: uuid::Uuid,
    permissions: Permissions,
}

impl Row {
    /// The row that a statement answers with; it goes by the name of its table.
    pub(super) fn answer<E: EntityTrait>(actor: &Actor) -> Self {
        Self {
            name: Alias::new(E::default().table_name()).into_iden(),
            depth: 0,
            organization: actor.organization,
            permissions: actor.permissions,
        }
    }

    /// A row that is joined to the one that is answered, so that both come in one.
    pub(super) fn joined(&self, number: usize) -> Self {
        Self {
            name: Alias::new(format!("joined_{number}")).into_iden(),
            ..self.clone()
        }
    }

    /// The name it goes by in the statement.
    pub(super) fn name(&self) -> DynIden {
        self.name.clone()
    }

    /// A column of it, by name.
    pub(super) fn named(&self, column: &str) -> Expr {
        Expr::col((self.name.clone(), Alias::new(column)))
    }

    /// Whether the caller may look at rows of a kind, if only to filter by them.
    pub(super) fn require(&self, permission: Permission) -> Result<()> {
        if self.permissions.has(permission) {
            Ok(())
        } else {
            Err(Error::Forbidden(permission))
        }
    }

    /// A row that the condition on this one looks at.
    pub fn related(&self) -> Self {
        let depth = self.depth + 1;
        Self {
            name: Alias::new(format!("related_{depth}")).into_iden(),
            depth,
            organization: self.organization,
            permissions: self.permissions,
        }
    }

    /// How many relations lead to it from the row that is answered.
    pub fn depth(&self) -> u8 {
        self.depth
    }

    /// A column of it.
    pub fn column<C: Iden + IdenStatic + Copy>(&self, column: C) -> Expr {
        Expr::col((self.name.clone(), Alias::new(column.as_str())))
    }

    /// The caller's to see, and not in the bin, nor under anything that is.
    pub fn visible<E: Scoped>(&self) -> Condition {
        self.hanging::<E>(E::HANGS)
    }

    /// The same for rows that were reached by a column from what they hang under, which is visible itself: all above it is, too.
    pub fn visible_by<E: Scoped>(&self, column: &str) -> Condition {
        let nearer = E::HANGS.iter().take_while(|way| way.by.as_str() != column);
        self.hanging::<E>(&E::HANGS[..nearer.count()])
    }

    fn hanging<E: Scoped>(&self, ways: &[Hanging<E::Column>]) -> Condition {
        let mut condition = Condition::all().add(self.owned::<E>());
        if let Some(column) = deleted_at::<E>() {
            condition = condition.add(self.column(column).is_null());
        }
        for way in ways {
            condition = condition.add(self.not_in_bin(way.under, self.column(way.by)));
        }
        condition
    }

    /// That a row of another table, by its identity, is not in the bin. Asked of the few that are there, which an index knows.
    fn not_in_bin(&self, table: &str, id: Expr) -> Expr {
        let above = |column: &str| Expr::col((Alias::new(ABOVE), Alias::new(column)));
        let binned = Query::select()
            .expr(Expr::cust("1"))
            .from_as(Alias::new(table), Alias::new(ABOVE))
            .and_where(above("organization_id").eq(self.organization))
            .and_where(above("id").eq(id))
            .and_where(above("deleted_at").is_not_null())
            .to_owned();
        Expr::exists(binned).not()
    }

    /// The caller's organization's, or everybody's where the table has such rows; in the bin or not. Row-level security says it
    /// too; said here as well, a wrong setting hides rows instead of showing them, and a distributed database knows which shard to
    /// ask.
    fn owned<E: Scoped>(&self) -> Condition {
        match E::SCOPE {
            Scope::Own(tenant) => Condition::all().add(self.column(tenant).eq(self.organization)),
            Scope::OwnOrShared(tenant) => Condition::any()
                .add(self.column(tenant).eq(self.organization))
                .add(self.column(tenant).is_null()),
            Scope::Shared => Condition::all(),
        }
    }

    /// `EXISTS (SELECT FROM E AS this row WHERE visible AND condition)`.
    pub fn exists<E: Scoped>(&self, condition: Condition) -> Expr {
        let mut rows = self.rows::<E>(condition);
        rows.expr(Expr::cust("1"));
        Expr::exists(rows)
    }

    /// `SELECT FROM E AS this row WHERE visible AND condition`, without columns yet.
    pub fn rows<E: Scoped>(&self, condition: Condition) -> SelectStatement {
        let mut select = Query::select();
        select
            .from_as(E::default(), self.name.clone())
            .cond_where(self.visible::<E>())
            .cond_where(condition);
        select
    }
}

/// Whether a row lies in the bin itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lies {
    /// It does not.
    Free,
    /// It does.
    InBin,
}

impl Lies {
    /// As text, for statements that no builder can say: that it lies there, and under nothing that is in the bin.
    pub(super) fn sql<E: Scoped>(self, row: &str, organization: &str) -> String {
        let there = match (deleted_at::<E>(), self) {
            (None, _) => "true".to_owned(),
            (Some(_), Self::Free) => format!("\"{row}\".deleted_at IS NULL"),
            (Some(_), Self::InBin) => format!("\"{row}\".deleted_at IS NOT NULL"),
        };
        let above = E::HANGS.iter().map(|way| {
            format!(
                " AND NOT EXISTS (SELECT FROM \"{}\" AS {ABOVE} WHERE {ABOVE}.organization_id = {organization} \
                 AND {ABOVE}.id = \"{row}\".\"{}\" AND {ABOVE}.deleted_at IS NOT NULL)",
                way.under,
                way.by.as_str()
            )
        });
        there + &above.collect::<String>()
    }
}

/// The column that says since when a row is in the bin, where the table has one. Found by its name, so that no list can forget it.
pub(super) fn deleted_at<E: EntityTrait>() -> Option<E::Column> {
    E::Column::iter().find(|column| column.as_str() == "deleted_at")
}
