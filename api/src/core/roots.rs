//! The fields that every object brings along: itself and its list at the root, and its relations on the object.

/// The root fields of an object, in a type that the domain merges into the query: one by its id (left out where nobody asks for
/// one alone), and the list.
#[macro_export]
macro_rules! roots {
    (
        $(#[$about:meta])*
        $queries:ident: $node:ident {
            $(one $(#[$one_about:meta])* $one:ident,)?
            many $(#[$list_about:meta])* $list:ident,
        }
        $($more:tt)*
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $queries;

        $(#[$about])*
        #[async_graphql::Object]
        impl $queries {
            $($(#[$one_about])*
            async fn $one(
                &self,
                context: &async_graphql::Context<'_>,
                #[graphql(desc = "Which one.")] id: $crate::core::Id,
            ) -> $crate::core::Result<Option<std::sync::Arc<$node>>> {
                $crate::core::Session::of(context)?.one::<$node>(id).await
            })?

            $(#[$list_about])*
            #[expect(clippy::too_many_arguments, reason = "the arguments of every list")]
            async fn $list(
                &self,
                context: &async_graphql::Context<'_>,
                #[graphql(desc = "So many from the start of the list: at most 100, unless the gateway is set up otherwise; 20 where neither first nor last is given.")] first: Option<i32>,
                #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
                #[graphql(desc = "So many from the end of the list: at most 100, unless the gateway is set up otherwise.")] last: Option<i32>,
                #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
                #[graphql(desc = "Only those for which this holds.")] filter: Option<<$node as $crate::core::Node>::Filter>,
                #[graphql(desc = "In which order; the id is always the last key.")] order_by: Option<Vec<<$node as $crate::core::Node>::OrderBy>>,
            ) -> $crate::core::Result<$crate::core::Connection<$node>> {
                $crate::core::Session::of(context)?
                    .list($crate::core::PageArguments { first, after, last, before, filter, order_by })
                    .await
            }

            $($more)*
        }

        impl $crate::core::reading::Rooted for $node {
            fn roots() -> Vec<$crate::core::reading::Root> {
                vec![
                    $($crate::core::reading::Root::one::<$node>(stringify!($one)),)?
                    $crate::core::reading::Root::many::<$node>(stringify!($list)),
                ]
            }
        }
    };
}

/// The fields of an object that lead to other objects: the `one` that a column refers to (`field: Object by column`; `maybe` where
/// the column may be null), the `many` under it (`field: Object by Relation from key`), `and` whatever else it can say.
#[macro_export]
macro_rules! relations {
    (
        $node:ident
        $(one { $($(#[$one_about:meta])* $one:ident: $one_type:ident by $one_column:ident,)* })?
        $(maybe { $($(#[$maybe_about:meta])* $maybe:ident: $maybe_type:ident by $maybe_column:ident,)* })?
        $(many { $($(#[$many_about:meta])* $many:ident: $many_type:ident by $relation:ident from $key:ident,)* })?
        $(and { $($more:tt)* })?
    ) => {
        #[async_graphql::ComplexObject]
        impl $node {
            $($($(#[$one_about])*
            async fn $one(&self, context: &async_graphql::Context<'_>) -> $crate::core::Result<Option<std::sync::Arc<$one_type>>> {
                $crate::core::Session::of(context)?.one::<$one_type>(self.$one_column).await
            })*)?

            $($($(#[$maybe_about])*
            async fn $maybe(&self, context: &async_graphql::Context<'_>) -> $crate::core::Result<Option<std::sync::Arc<$maybe_type>>> {
                $crate::core::Session::of(context)?.maybe::<$maybe_type>(self.$maybe_column).await
            })*)?

            $($($(#[$many_about])*
            #[expect(clippy::too_many_arguments, reason = "the arguments of every list")]
            async fn $many(
                &self,
                context: &async_graphql::Context<'_>,
                #[graphql(desc = "So many from the start of the list: at most 100, unless the gateway is set up otherwise; 20 where neither first nor last is given.")] first: Option<i32>,
                #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
                #[graphql(desc = "So many from the end of the list: at most 100, unless the gateway is set up otherwise.")] last: Option<i32>,
                #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
                #[graphql(desc = "Only those for which this holds.")] filter: Option<<$many_type as $crate::core::Node>::Filter>,
                #[graphql(desc = "In which order; the id is always the last key.")] order_by: Option<Vec<<$many_type as $crate::core::Node>::OrderBy>>,
            ) -> $crate::core::Result<$crate::core::Connection<$many_type>> {
                $crate::core::Session::of(context)?
                    .children::<$relation>(
                        self.$key.clone(),
                        $crate::core::PageArguments { first, after, last, before, filter, order_by },
                    )
                    .await
            })*)?

            $($($more)*)?
        }

        impl $crate::core::reading::Leads for $node {
            fn leads() -> Vec<$crate::core::reading::Lead> {
                vec![
                    $($($crate::core::reading::Lead::one::<$one_type>(stringify!($one), stringify!($one_column)),)*)?
                    $($($crate::core::reading::Lead::one::<$maybe_type>(stringify!($maybe), stringify!($maybe_column)),)*)?
                    $($($crate::core::reading::Lead::many::<$relation>(stringify!($many), stringify!($key)),)*)?
                ]
            }
        }
    };
}
