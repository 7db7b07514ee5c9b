//! What the merging and the costing of documents have to know of the schema, read from its SDL once.

use std::collections::{BTreeSet, HashMap};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, OperationType, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Positioned};

use crate::server::ServerError;

/// The types of introspection, which a schema's own SDL leaves out.
const INTROSPECTION: &str = include_str!("introspection.graphql");

/// Every output type of the schema.
pub(super) struct TypeMap {
    types: HashMap<Name, TypeInfo>,
    query: Name,
    mutation: Option<Name>,
    subscription: Option<Name>,
}

/// An output type.
pub(super) struct TypeInfo {
    fields: HashMap<Name, FieldInfo>,
    /// The object types that a value of it can have; of an object, itself.
    possible: BTreeSet<Name>,
    is_object: bool,
}

/// A field of an output type.
pub(super) struct FieldInfo {
    /// Its type, with its lists and exclamation marks.
    pub(super) full: Type,
    /// The type inside of those.
    pub(super) inner: Name,
}

impl FieldInfo {
    /// Whether it is a list of anything.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.full.base, BaseType::List(_))
    }
}

impl TypeInfo {
    pub(super) fn field(&self, name: &str) -> Option<&FieldInfo> {
        self.fields.get(name)
    }

    pub(super) fn fields(&self) -> usize {
        self.fields.len()
    }

    pub(super) fn possible(&self) -> &BTreeSet<Name> {
        &self.possible
    }

    pub(super) const fn is_object(&self) -> bool {
        self.is_object
    }
}

impl TypeMap {
    pub(super) fn read(sdl: &str) -> Result<Self, ServerError> {
        let mut map = Self {
            types: HashMap::new(),
            query: Name::new("Query"),
            mutation: None,
            subscription: None,
        };
        for source in [sdl, INTROSPECTION] {
            let document = parse_schema(source).map_err(|error| ServerError::Schema {
                reason: error.to_string(),
            })?;
            for definition in document.definitions {
                map.add(definition);
            }
        }
        Ok(map)
    }

    fn add(&mut self, definition: TypeSystemDefinition) {
        match definition {
            TypeSystemDefinition::Schema(schema) => {
                let name = |root: Option<Positioned<Name>>| root.map(|name| name.node);
                if let Some(query) = name(schema.node.query) {
                    self.query = query;
                }
                self.mutation = name(schema.node.mutation);
                self.subscription = name(schema.node.subscription);
            }
            TypeSystemDefinition::Type(definition) => {
                let name = definition.node.name.node;
                match definition.node.kind {
                    TypeKind::Object(object) => {
                        for interface in object.implements {
                            self.entry(&interface.node).possible.insert(name.clone());
                        }
                        let info = self.entry(&name);
                        info.fields = fields(object.fields);
                        info.possible.insert(name);
                        info.is_object = true;
                    }
                    TypeKind::Interface(interface) => {
                        self.entry(&name).fields = fields(interface.fields);
                    }
                    TypeKind::Union(union) => {
                        self.entry(&name).possible = union
                            .members
                            .into_iter()
                            .map(|member| member.node)
                            .collect();
                    }
                    TypeKind::Scalar | TypeKind::Enum(_) | TypeKind::InputObject(_) => {}
                }
            }
            TypeSystemDefinition::Directive(_) => {}
        }
    }

    fn entry(&mut self, name: &Name) -> &mut TypeInfo {
        self.types.entry(name.clone()).or_insert_with(|| TypeInfo {
            fields: HashMap::new(),
            possible: BTreeSet::new(),
            is_object: false,
        })
    }

    /// The type, unless it is a scalar or an enum.
    pub(super) fn get(&self, name: &str) -> Option<&TypeInfo> {
        self.types.get(name)
    }

    /// Where an operation begins.
    pub(super) fn root(&self, operation: OperationType) -> Option<&Name> {
        match operation {
            OperationType::Query => Some(&self.query),
            OperationType::Mutation => self.mutation.as_ref(),
            OperationType::Subscription => self.subscription.as_ref(),
        }
    }

    /// A field; those of introspection stand at the query's root and, as `__typename`, everywhere.
    pub(super) fn field(&self, parent: &str, name: &str) -> Option<&FieldInfo> {
        let owner = match name {
            "__schema" | "__type" if parent == self.query.as_str() => "__QueryRoot",
            "__typename" => "__QueryRoot",
            _ => parent,
        };
        self.get(owner)?.field(name)
    }

    /// How many output types there are.
    pub(super) fn len(&self) -> usize {
        self.types.len()
    }

    /// How many fields a type has on average, rounded up.
    pub(super) fn mean_fields(&self) -> u64 {
        let fields: usize = self.types.values().map(TypeInfo::fields).sum();
        fields.div_ceil(self.len().max(1)) as u64
    }
}

fn fields(definitions: Vec<Positioned<FieldDefinition>>) -> HashMap<Name, FieldInfo> {
    definitions
        .into_iter()
        .map(|field| {
            let full = field.node.ty.node;
            let inner = inner(&full.base).clone();
            (field.node.name.node, FieldInfo { full, inner })
        })
        .collect()
}

fn inner(base: &BaseType) -> &Name {
    match base {
        BaseType::Named(name) => name,
        BaseType::List(element) => inner(&element.base),
    }
}
