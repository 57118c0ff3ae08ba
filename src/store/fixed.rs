//! Updates whose text is always the same, prepared once for each connection. Diesel itself prepares
//! every update anew, since its text may depend on its values; where it does not, half of its time
//! is the database reading its text again. What is asked is unchanged.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

/// This statement, kept prepared under its text. It must return something: of statements that do
/// not, Diesel asks through a reference, which does not know of this.
pub fn fixed<Q>(statement: Q) -> Fixed<Q> {
    Fixed(statement)
}

pub struct Fixed<Q>(Q);

impl<Q, DB> QueryFragment<DB> for Fixed<Q>
where
    DB: Backend,
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q> QueryId for Fixed<Q> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Fixed<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for Fixed<Q> {}
