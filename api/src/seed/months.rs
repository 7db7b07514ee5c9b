//! The months of the processing events that starting data falls into.

use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::Error;

/// Makes the partitions from one day to another; both are SQL expressions.
pub async fn make(owner: &DatabaseConnection, first: &str, last: &str) -> Result<(), Error> {
    let sql =
        format!("SELECT processing_events_create_partitions(({first})::date, ({last})::date)");
    owner
        .execute_unprepared(&sql)
        .await
        .map_err(Error::database("make the months of the processing events"))?;
    Ok(())
}
