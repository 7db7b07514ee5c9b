//! What a mutation answers with: the thing as it is now, or what must be put right.

use async_graphql::MaybeUndefined;
use sea_orm::ActiveValue;

use super::Session;
use super::error::{Error, Result};
use super::user_error::{Refusal, UserError};

/// The answer of a mutation: an object of the graph with the thing changed and `errors`.
pub trait Payload {
    /// The thing changed.
    type Done;
    /// The name of the type, as in the graph: `AddTagsPayload` is what `addTags` answers with.
    const NAME: &str;

    /// It was done.
    fn done(done: Self::Done) -> Self;
    /// It was not, and nothing was changed.
    fn refused(errors: Vec<UserError>) -> Self;
}

impl Session {
    /// Ends a mutation: what was not committed is taken back, and what a person can put right becomes data.
    pub async fn settle<P: Payload>(&self, outcome: Result<P::Done, Refusal>) -> Result<P> {
        if outcome.is_err() {
            self.roll_back().await?;
        }
        if let Err(Refusal::Failed(Error::Forbidden(missing))) = &outcome {
            self.tell_refused(&field::<P>(), *missing).await;
        }
        settled(outcome)
    }
}

/// The same for what was no transaction of a session.
pub fn settled<P: Payload>(outcome: Result<P::Done, Refusal>) -> Result<P> {
    match outcome {
        Ok(done) => Ok(P::done(done)),
        Err(Refusal::User(errors)) => Ok(P::refused(errors)),
        Err(Refusal::Failed(error)) => Err(error),
    }
}

/// The mutation that answers with the payload.
fn field<P: Payload>() -> String {
    let name = P::NAME.trim_end_matches("Payload");
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_ascii_lowercase())
        .into_iter()
        .chain(letters)
        .collect()
}

/// Makes a payload: `Name { field: Type }`.
#[macro_export]
macro_rules! payload {
    ($(#[$about:meta])* $name:ident { $(#[$field_about:meta])* $field:ident: $type:ty }) => {
        $(#[$about])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $field: Option<$type>,
            errors: Vec<$crate::core::UserError>,
        }

        $(#[$about])*
        #[async_graphql::Object]
        impl $name {
            $(#[$field_about])*
            async fn $field(&self) -> Option<&$type> {
                self.$field.as_ref()
            }

            /// What must be put right; where this is not empty, nothing was changed.
            async fn errors(&self) -> &[$crate::core::UserError] {
                &self.errors
            }
        }

        impl $crate::core::Payload for $name {
            type Done = $type;
            const NAME: &str = stringify!($name);

            fn done(done: $type) -> Self {
                Self { $field: Some(done), errors: Vec::new() }
            }

            fn refused(errors: Vec<$crate::core::UserError>) -> Self {
                Self { $field: None, errors }
            }
        }
    };
}

/// What an input field does to a column: left out it leaves it alone, null empties it, a value replaces it.
pub fn patch<T: Into<V>, V>(field: MaybeUndefined<T>) -> ActiveValue<Option<V>>
where
    Option<V>: Into<sea_orm::Value>,
{
    match field {
        MaybeUndefined::Undefined => ActiveValue::NotSet,
        MaybeUndefined::Null => ActiveValue::Set(None),
        MaybeUndefined::Value(value) => ActiveValue::Set(Some(value.into())),
    }
}
