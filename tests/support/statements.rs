//! What the gateway of a test asks of PostgreSQL, by which plans, and what it warns of, as the log tells. The test's runtime has one thread, and the gateway runs in
//! it: what is logged on this thread was asked for this test.

use std::cell::RefCell;
use std::fmt::Write;
use std::marker::PhantomData;
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Where it logs by which kind of hash it checked a password.
use fieldgraph::auth::PASSWORDS;
/// Where the gateway logs each statement; beginnings and ends of transactions are not logged there.
use fieldgraph::database::STATEMENTS as TARGET;
/// Where the driver logs what PostgreSQL sends beside answers: the plans of auto_explain, where a test switched it on.
const NOTICES: [&str; 2] = [
    "sqlx::postgres::notice",
    "fieldgraph::database::wire::connection",
];

/// Where the gateway writes a line for each request, and warns of some.
const REQUESTS: &str = "fieldgraph::server::log";

thread_local! {
    static SEEN: RefCell<Option<Vec<Asked>>> = const { RefCell::new(None) };
    static NOTICED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static CHECKED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static WARNED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// A statement that was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Its text.
    pub sql: String,
    /// Sent for a query that was compiled, not by resolvers.
    pub straight: bool,
}

/// Collects the statements of the gateways on this thread, as long as it lives. It cannot leave its thread.
pub struct Statements(PhantomData<*const ()>);

impl Statements {
    /// Begins to collect.
    pub fn watch() -> Self {
        static ONCE: Once = Once::new();
        // One for the whole process: what is interesting is decided once for a place in the code, and a thread's own
        // subscriber could come too late for it.
        ONCE.call_once(|| {
            tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Collector))
                .expect("nobody else listens to the log");
        });
        SEEN.set(Some(Vec::new()));
        Self(PhantomData)
    }

    /// What was asked since the last time.
    pub fn take(&self) -> Vec<String> {
        self.take_asked()
            .into_iter()
            .map(|asked| asked.sql)
            .collect()
    }

    /// The same, and by which way.
    pub fn take_asked(&self) -> Vec<Asked> {
        SEEN.with_borrow_mut(|seen| seen.replace(Vec::new()).unwrap_or_default())
    }

    /// What the gateway warned of since the last time: the sentence, and each field with its value.
    pub fn take_warnings(&self) -> Vec<String> {
        WARNED.take()
    }

    /// By which kinds of hash passwords were checked since the last time.
    pub fn take_checked(&self) -> Vec<String> {
        CHECKED.take()
    }

    /// What PostgreSQL sent beside its answers since the last time.
    pub fn take_notices(&self) -> Vec<String> {
        NOTICED.take()
    }
}

impl Drop for Statements {
    fn drop(&mut self) {
        SEEN.set(None);
    }
}

struct Collector;

impl<S: Subscriber> Layer<S> for Collector {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        [TARGET, PASSWORDS].contains(&metadata.target())
            || NOTICES.contains(&metadata.target())
            || is_warning(metadata)
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if is_warning(event.metadata()) {
            let mut fields = Fields(String::new());
            event.record(&mut fields);
            WARNED.with_borrow_mut(|warned| warned.push(fields.0));
            return;
        }
        let mut statement = Statement::default();
        event.record(&mut statement);
        if event.metadata().target() == PASSWORDS {
            CHECKED.with_borrow_mut(|checked| checked.extend(statement.text));
            return;
        }
        if NOTICES.contains(&event.metadata().target()) {
            NOTICED.with_borrow_mut(|noticed| noticed.extend(statement.text));
            return;
        }
        SEEN.with_borrow_mut(|seen| {
            if let (Some(seen), Some(sql)) = (seen, statement.text) {
                seen.push(Asked {
                    sql,
                    straight: statement.straight,
                });
            }
        });
    }
}

fn is_warning(metadata: &Metadata<'_>) -> bool {
    metadata.target() == REQUESTS && *metadata.level() == Level::WARN
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        // Writing to a String does not fail.
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }
}

#[derive(Default)]
struct Statement {
    text: Option<String>,
    straight: bool,
}

impl Visit for Statement {
    fn record_str(&mut self, field: &Field, value: &str) {
        if ["sql", "message", "kind"].contains(&field.name()) {
            self.text = Some(value.to_owned());
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.straight |= field.name() == "straight" && value;
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.text = Some(format!("{value:?}"));
        }
    }
}
