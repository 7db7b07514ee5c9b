//! How often somebody may try a password. Counted in the database, for all gateways together, and before the password is looked
//! at: fifty attempts at the same moment are fifty, not one.
//!
//! What is counted delays and never locks. An account is counted for each address apart, so that whoever tries an account from one
//! place keeps nobody else from it; together with all addresses it is counted more generously, against those who have many; and
//! an address with all accounts, against those who try one password everywhere.

use std::net::{IpAddr, Ipv6Addr};

use sea_orm::{ConnectionTrait, DatabaseTransaction};
use sea_orm::{DatabaseConnection, DbErr, Statement, TransactionTrait};
use sha2::{Digest, Sha256};

use crate::core::Error;

/// Attempts that are free. The last of them, and each that follows, is followed by a pause.
const FREE_FROM_ONE_ADDRESS: i32 = 5;
const FREE_ON_AN_ACCOUNT: i32 = 25;
const FREE_OF_AN_ADDRESS: i32 = 50;
/// Seconds of the first pause; each is twice as long as the one before.
const FIRST_PAUSE: i32 = 15;
/// Seconds of the longest. After a pause, and as long again, everything is forgotten.
const LONGEST_PAUSE: i32 = 15 * 60;

/// What is counted for one attempt, in the order in which it is locked.
pub(super) struct Subjects {
    /// Forgotten when the attempt succeeds.
    of_account: Vec<(String, i32)>,
    /// Keeps what others did from there.
    of_address: (String, i32),
}

impl Subjects {
    /// For somebody who says who they are.
    pub(super) fn of_login(login: &str, address: IpAddr) -> Self {
        Self::of("account", login, address)
    }

    /// For somebody who is signed in and has to show that they know the password.
    pub(super) fn of_user(user: uuid::Uuid, address: IpAddr) -> Self {
        Self::of("user", &user.to_string(), address)
    }

    fn of(kind: &str, whose: &str, address: IpAddr) -> Self {
        let network = network(address);
        Self {
            of_account: vec![
                (
                    format!("{kind} and address {network} {whose}"),
                    FREE_FROM_ONE_ADDRESS,
                ),
                (format!("{kind} {whose}"), FREE_ON_AN_ACCOUNT),
            ],
            of_address: (format!("address {network}"), FREE_OF_AN_ADDRESS),
        }
    }

    fn all(&self) -> impl Iterator<Item = &(String, i32)> {
        self.of_account
            .iter()
            .chain(std::iter::once(&self.of_address))
    }
}

/// Where somebody is, to be compared and not to be read.
pub(super) fn network_hash(address: IpAddr) -> String {
    Sha256::digest(network(address).to_string())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Who has one IPv6 address has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// By their names in the table. The case of a login is none, as the table of users sees it.
const HASHED: &str = "SELECT encode(sha256(convert_to(lower(subject), 'UTF8')), 'hex') AS subject, free, place \
     FROM unnest($1::text[], $2::int[]) WITH ORDINALITY AS wanted (subject, free, place)";

/// Counts an attempt, if one may be made now. Where it is not told what became of it, it failed.
pub(super) async fn reserve(keeper: &DatabaseConnection, subjects: &Subjects) -> Result<(), Error> {
    count(keeper, subjects)
        .await
        .map_err(|error| Error::of_own_statement(&error))?
        .map_or(Ok(()), |seconds| Err(Error::RateLimited(seconds)))
}

/// The attempt succeeded: whoever it was knows the password.
pub(super) async fn succeeded(keeper: &DatabaseConnection, subjects: &Subjects) {
    let given_back = async {
        for subject in &subjects.of_account {
            let forget = format!(
                "DELETE FROM sign_in_attempts known USING ({HASHED}) wanted WHERE known.subject = wanted.subject"
            );
            run(keeper, &forget, std::iter::once(subject)).await?;
        }
        give_back(keeper, std::iter::once(&subjects.of_address)).await
    };
    tell(given_back.await);
}

/// The attempt was none: the password was not looked at.
pub(super) async fn was_none(keeper: &DatabaseConnection, subjects: &Subjects) {
    tell(give_back(keeper, subjects.all()).await);
}

fn tell(given_back: Result<(), DbErr>) {
    if let Err(error) = given_back {
        tracing::warn!(%error, "an attempt to sign in stays counted as a failure");
    }
}

/// Deletes what is forgotten.
pub(super) async fn sweep(keeper: &DatabaseConnection) -> Result<(), DbErr> {
    keeper
        .execute_unprepared("DELETE FROM sign_in_attempts WHERE expires_at <= now()")
        .await
        .map(drop)
}

async fn count(keeper: &DatabaseConnection, subjects: &Subjects) -> Result<Option<u64>, DbErr> {
    let transaction = keeper.begin().await?;
    // They must be there to be locked. All who count lock in the same order of kinds, and one of each.
    run(
        &transaction,
        &format!(
            "INSERT INTO sign_in_attempts (subject, attempts, blocked_until, expires_at) \
             SELECT subject, 0, now(), now() FROM ({HASHED}) wanted ORDER BY place ON CONFLICT DO NOTHING"
        ),
        subjects.all(),
    )
    .await?;
    if let Some(seconds) = blocked(&transaction, subjects).await? {
        transaction.rollback().await?;
        return Ok(Some(seconds));
    }
    run(
        &transaction,
        &format!(
            "UPDATE sign_in_attempts known SET attempts = counted.attempts, \
               blocked_until = now() + counted.pause, expires_at = now() + counted.pause + make_interval(secs => {LONGEST_PAUSE}) \
             FROM ( \
               SELECT subject, attempts, make_interval(secs => CASE WHEN attempts < free THEN 0 \
                 ELSE least({LONGEST_PAUSE}, {FIRST_PAUSE} * 2 ^ least(attempts - free, 10)) END) AS pause \
               FROM (SELECT wanted.subject, free, CASE WHEN expires_at <= now() THEN 1 ELSE attempts + 1 END AS attempts \
                 FROM ({HASHED}) wanted JOIN sign_in_attempts USING (subject)) numbered \
             ) counted \
             WHERE known.subject = counted.subject"
        ),
        subjects.all(),
    )
    .await?;
    transaction.commit().await?;
    Ok(None)
}

/// For how many seconds no attempt may be made. From here on others who count the same wait; by the clock, because who waited began
/// before what those wrote whom it waited for.
async fn blocked(
    transaction: &DatabaseTransaction,
    subjects: &Subjects,
) -> Result<Option<u64>, DbErr> {
    let rows = transaction
        .query_all_raw(statement(
            transaction,
            &format!(
                "SELECT blocked_until > clock_timestamp() AS is_blocked, ceil(extract(epoch FROM blocked_until - clock_timestamp()))::bigint AS seconds \
                 FROM ({HASHED}) wanted JOIN sign_in_attempts known USING (subject) ORDER BY place FOR UPDATE OF known"
            ),
            subjects.all(),
        ))
        .await?;
    let mut longest = None;
    for row in rows {
        if row.try_get("", "is_blocked")? {
            let seconds: i64 = row.try_get("", "seconds")?;
            longest = longest.max(Some(seconds.max(1).unsigned_abs()));
        }
    }
    Ok(longest)
}

/// One attempt less, and no pause: it was made, so there was none before it, and nobody could make another since.
async fn give_back(
    keeper: &DatabaseConnection,
    subjects: impl Iterator<Item = &(String, i32)>,
) -> Result<(), DbErr> {
    let give_back = format!(
        "UPDATE sign_in_attempts known SET attempts = greatest(known.attempts - 1, 0), blocked_until = now() \
         FROM ({HASHED}) wanted WHERE known.subject = wanted.subject"
    );
    // One by one: together they might be locked in another order than those who count lock them.
    for subject in subjects {
        run(keeper, &give_back, std::iter::once(subject)).await?;
    }
    Ok(())
}

async fn run<'a, C: ConnectionTrait>(
    connection: &C,
    sql: &str,
    subjects: impl Iterator<Item = &'a (String, i32)>,
) -> Result<(), DbErr> {
    connection
        .execute_raw(statement(connection, sql, subjects))
        .await
        .map(drop)
}

fn statement<'a, C: ConnectionTrait>(
    connection: &C,
    sql: &str,
    subjects: impl Iterator<Item = &'a (String, i32)>,
) -> Statement {
    let (names, free): (Vec<String>, Vec<i32>) = subjects.cloned().unzip();
    Statement::from_sql_and_values(
        connection.get_database_backend(),
        sql,
        [names.into(), free.into()],
    )
}
