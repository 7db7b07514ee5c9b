//! What a caller may do: the vocabulary of the table `permissions`. Roles lead to permissions, through tables; code asks for
//! permissions alone and never for a role.

macro_rules! permissions {
    ($($(#[$about:meta])+ $variant:ident = $name:literal,)*) => {
        /// One thing that a role may allow.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Permission { $($(#[$about])+ $variant,)* }

        impl Permission {
            /// Every permission there is.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in the table, in tokens' roles' rows and in the schema's descriptions.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

permissions! {
    /// See the organization, its users, roles and quotas.
    OrganizationRead = "organization:read",
    /// Change the organization's settings.
    OrganizationWrite = "organization:write",
    /// Create, change, deactivate users and give them roles.
    UsersWrite = "users:write",
    /// Change which role has which permission.
    RolesWrite = "roles:write",
    /// See projects and their members.
    ProjectsRead = "projects:read",
    /// Create and change projects and their members.
    ProjectsWrite = "projects:write",
    /// Read the audit trail.
    AuditRead = "audit:read",
    /// See photos, their detections, tags and processing.
    PhotosRead = "photos:read",
    /// Upload, change, delete and tag photos.
    PhotosWrite = "photos:write",
    /// Record what a model detected and how it was processed.
    DetectionsRecord = "detections:record",
    /// Confirm or reject a detection.
    DetectionsConfirm = "detections:confirm",
    /// See validation workflows.
    WorkflowsRead = "workflows:read",
    /// Design validation workflows.
    WorkflowsWrite = "workflows:write",
    /// See assessments, their documents and results.
    AssessmentsRead = "assessments:read",
    /// Start assessments and hand in their documents.
    AssessmentsWrite = "assessments:write",
    /// Record assessment results, complete and fail assessments.
    AssessmentsRecord = "assessments:record",
    /// See assessments, cost and storage per month.
    UsageRead = "usage:read",
    /// Read and search knowledge documents.
    DocumentsRead = "documents:read",
    /// Write knowledge documents and grant access to them.
    DocumentsWrite = "documents:write",
    /// Write document chunks and embeddings.
    ChunksRecord = "chunks:record",
    /// Read the log of questions and answers: one's own part of it, admins all.
    QueriesRead = "queries:read",
    /// Log a question and its answer.
    QueriesRecord = "queries:record",
    /// See agents.
    AgentsRead = "agents:read",
    /// Configure agents.
    AgentsWrite = "agents:write",
    /// Read conversations with agents.
    ConversationsRead = "conversations:read",
    /// Hold conversations with agents.
    ConversationsWrite = "conversations:write",
    /// See cycles, sync sessions and files.
    UploadsRead = "uploads:read",
    /// Run cycles and sync sessions.
    UploadsWrite = "uploads:write",
}

impl Permission {
    /// Whether who has it could give themselves the rest, or see what everybody did: no organization's own role may have it, and
    /// who has it is seen by the database as an admin.
    pub const fn is_administrative(self) -> bool {
        matches!(
            self,
            Self::OrganizationWrite | Self::UsersWrite | Self::RolesWrite | Self::AuditRead
        )
    }
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Permissions(u64);

impl Permissions {
    /// Whether the set has it.
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
    }

    /// Both sets in one.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What the set holds.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL
            .iter()
            .copied()
            .filter(move |permission| self.has(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions
            .into_iter()
            .fold(Self::default(), |set, permission| {
                Self(set.0 | 1 << permission as u32)
            })
    }
}
