//! Functions of the database: what no table shows to the caller, and they may know all the same, as a count over rows of which they
//! see a part. Such a function holds itself to the tenant of the transaction.

use sea_orm::FromQueryResult;
use sea_orm::sea_query::{Value, Values};

use super::Session;
use super::error::{Error, Result};

impl Session {
    /// The rows that a function answers with. Whether the caller may know them is for who calls to say.
    pub async fn call<T: FromQueryResult>(
        &self,
        function: &'static str,
        arguments: Vec<Value>,
    ) -> Result<Vec<T>> {
        let places: Vec<String> = (1..=arguments.len())
            .map(|number| format!("${number}"))
            .collect();
        let statement = format!("SELECT * FROM {function}({})", places.join(", "));
        self.rows_of(statement, Values(arguments))
            .await?
            .iter()
            .map(|row| T::from_query_result(row, "").map_err(Error::from))
            .collect()
    }
}
