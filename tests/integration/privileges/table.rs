//! The table of privileges, by hand from the data model: tables, verbs, columns.

use fieldgraph::database::DatabaseRole;

/// The columns that a privilege reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    None,
    All,
    Only(&'static [&'static str]),
}

/// What one role may do with one table.
#[derive(Clone, Copy, Debug)]
pub struct Rights {
    pub select: Columns,
    pub insert: Columns,
    pub update: Columns,
    pub delete: bool,
}

pub const NOTHING: Rights = Rights {
    select: Columns::None,
    insert: Columns::None,
    update: Columns::None,
    delete: false,
};
const READ: Rights = Rights {
    select: Columns::All,
    ..NOTHING
};
/// For what is written once.
const APPEND: Rights = Rights {
    insert: Columns::All,
    ..READ
};
/// For what comes and goes and never changes.
const LINK: Rights = Rights {
    delete: true,
    ..APPEND
};
/// For what is put in the bin, or kept for good: the gateway deletes nothing of it.
const KEEP: Rights = Rights {
    update: Columns::All,
    ..APPEND
};
const WRITE: Rights = Rights {
    delete: true,
    ..KEEP
};

const MESSAGES: Rights = Rights {
    insert: Columns::Only(&[
        "id",
        "organization_id",
        "project_id",
        "user_id",
        "conversation_id",
        "role",
        "content",
        "tokens_used",
        "finish_reason",
    ]),
    ..READ
};

const ALL_BUT_PASSWORD_HASH: Columns = Columns::Only(&[
    "id",
    "organization_id",
    "email",
    "username",
    "first_name",
    "last_name",
    "auth_provider_id",
    "is_active",
    "is_email_verified",
    "last_login_at",
    "token_version",
    "created_at",
    "updated_at",
    "deleted_at",
]);

/// All but the counters and what the database keeps.
const SYNC_SESSIONS: Rights = Rights {
    select: Columns::All,
    insert: Columns::Only(&[
        "id",
        "organization_id",
        "project_id",
        "cycle_id",
        "user_id",
        "s3_prefix",
        "status",
        "started_at",
        "completed_at",
        "error_message",
        "created_at",
    ]),
    update: Columns::Only(&[
        "project_id",
        "cycle_id",
        "user_id",
        "s3_prefix",
        "status",
        "started_at",
        "completed_at",
        "error_message",
    ]),
    delete: false,
};

/// All but what the database keeps; who uploaded one never changes.
const DOCUMENTS: Rights = Rights {
    select: Columns::All,
    insert: Columns::Only(&[
        "id",
        "organization_id",
        "project_id",
        "uploaded_by",
        "title",
        "file_name",
        "storage_key",
        "file_type",
        "file_size_bytes",
        "mission",
        "content",
        "metadata",
        "processing_status",
        "is_searchable",
        "embedding_model",
        "language",
        "uploaded_at",
        "created_at",
    ]),
    update: Columns::Only(&[
        "project_id",
        "title",
        "file_name",
        "storage_key",
        "file_type",
        "file_size_bytes",
        "mission",
        "content",
        "metadata",
        "processing_status",
        "is_searchable",
        "embedding_model",
        "language",
        "uploaded_at",
        "deleted_at",
    ]),
    delete: false,
};

/// Whose key it is never changes.
const IDEMPOTENCY_KEYS: Rights = Rights {
    select: Columns::All,
    insert: Columns::Only(&[
        "id",
        "organization_id",
        "user_id",
        "key",
        "request_hash",
        "expires_at",
    ]),
    update: Columns::Only(&["request_hash", "answer", "expires_at"]),
    delete: true,
};

/// What the role that looks at password hashes may do: find an account and its roles, keep its hash, its last sign-in and its
/// sessions, count attempts, and add to the trail. It reads nothing else of anybody, and not the trail.
const KEEPER: &[(&str, Rights)] = &[
    (
        "users",
        Rights {
            select: Columns::Only(&[
                "id",
                "organization_id",
                "email",
                "username",
                "auth_provider_id",
                "password_hash",
                "token_version",
                "is_active",
                "deleted_at",
            ]),
            update: Columns::Only(&["password_hash", "last_login_at", "token_version"]),
            ..NOTHING
        },
    ),
    (
        "organizations",
        Rights {
            select: Columns::Only(&["id", "is_active", "deleted_at"]),
            ..NOTHING
        },
    ),
    (
        "user_roles",
        Rights {
            select: Columns::Only(&["organization_id", "user_id", "role_id"]),
            ..NOTHING
        },
    ),
    (
        "roles",
        Rights {
            select: Columns::Only(&["id", "name"]),
            ..NOTHING
        },
    ),
    (
        "audit_logs",
        Rights {
            insert: Columns::Only(&[
                "id",
                "organization_id",
                "actor_id",
                "action",
                "resource_type",
                "resource_id",
                "metadata",
                "request_id",
            ]),
            ..NOTHING
        },
    ),
    (
        "refresh_tokens",
        Rights {
            select: Columns::All,
            insert: Columns::Only(&[
                "id",
                "organization_id",
                "user_id",
                "token_hash",
                "family_id",
                "signed_in_at",
                "expires_at",
            ]),
            update: Columns::Only(&["used_at", "used_from", "revoked_at"]),
            delete: true,
        },
    ),
    (
        "sign_in_attempts",
        Rights {
            select: Columns::All,
            insert: Columns::Only(&["subject", "attempts", "blocked_until", "expires_at"]),
            update: Columns::Only(&["attempts", "blocked_until", "expires_at"]),
            delete: true,
        },
    ),
];

/// Every table and view, with what `org_admin` and `org_user` may do.
pub const RIGHTS: &[(&str, Rights, Rights)] = &[
    (
        "organizations",
        Rights {
            // What it pays for, and its quotas, are the operator's.
            update: Columns::Only(&["name", "description", "contact_email", "phone", "website"]),
            ..READ
        },
        READ,
    ),
    (
        "users",
        Rights {
            select: ALL_BUT_PASSWORD_HASH,
            ..KEEP
        },
        Rights {
            select: ALL_BUT_PASSWORD_HASH,
            ..NOTHING
        },
    ),
    // Own ones; the built-in ones are behind the wall. Whose a role is never changes.
    (
        "roles",
        Rights {
            insert: Columns::Only(&["id", "organization_id", "name", "description"]),
            update: Columns::Only(&["name", "description"]),
            delete: true,
            ..READ
        },
        READ,
    ),
    // The same for every organization: nobody changes them for all.
    ("permissions", READ, READ),
    (
        "role_permissions",
        Rights {
            insert: Columns::Only(&["organization_id", "role_id", "permission_id"]),
            delete: true,
            ..READ
        },
        READ,
    ),
    ("user_roles", LINK, READ),
    ("projects", KEEP, KEEP),
    ("project_members", LINK, LINK),
    // Counted by the database.
    ("quota_usages", READ, READ),
    (
        "audit_logs",
        APPEND,
        Rights {
            insert: Columns::All,
            ..NOTHING
        },
    ),
    // Sessions are the keeper's: who could write one could be anybody of the organization.
    ("refresh_tokens", NOTHING, NOTHING),
    // Of no tenant: nobody's to see.
    ("sign_in_attempts", NOTHING, NOTHING),
    ("idempotency_keys", IDEMPOTENCY_KEYS, IDEMPOTENCY_KEYS),
    ("photos", KEEP, KEEP),
    ("detections", WRITE, WRITE),
    ("tags", WRITE, WRITE),
    ("processing_events", APPEND, APPEND),
    ("workflows", KEEP, KEEP),
    ("buckets", WRITE, WRITE),
    ("criteria", WRITE, WRITE),
    ("assessments", KEEP, KEEP),
    ("assessment_documents", WRITE, WRITE),
    ("assessment_results", WRITE, WRITE),
    ("documents", DOCUMENTS, DOCUMENTS),
    ("document_chunks", WRITE, WRITE),
    ("document_permissions", LINK, LINK),
    ("query_logs", APPEND, APPEND),
    ("agent_configs", KEEP, KEEP),
    ("conversations", KEEP, KEEP),
    // When something was said is the database's to say.
    ("messages", MESSAGES, MESSAGES),
    ("cycles", KEEP, KEEP),
    ("sync_sessions", SYNC_SESSIONS, SYNC_SESSIONS),
    ("file_uploads", WRITE, WRITE),
    ("organization_quotas", READ, READ),
    ("project_summaries", READ, READ),
    ("cycle_summaries", READ, READ),
    // Which changes were applied: the gateway looks whether it has the schema that it was built for.
    ("seaql_migrations", READ, READ),
];

/// What a role may do with a table.
pub fn rights(table: &str, role: DatabaseRole) -> Rights {
    let (_, admin, member) = RIGHTS
        .iter()
        .find(|(name, ..)| *name == table)
        .unwrap_or_else(|| panic!("{table} has no line in the table of privileges"));
    match role {
        DatabaseRole::Admin => *admin,
        DatabaseRole::Member => *member,
        DatabaseRole::Keeper => KEEPER
            .iter()
            .find(|(name, _)| *name == table)
            .map_or(NOTHING, |(_, rights)| *rights),
    }
}

impl Columns {
    /// Whether anything is granted at all.
    pub fn any(self) -> bool {
        self != Self::None
    }

    /// Those of a table's columns that it reaches.
    pub fn of<'a>(self, all: &[&'a str]) -> Vec<&'a str> {
        all.iter()
            .filter(|column| match self {
                Self::None => false,
                Self::All => true,
                Self::Only(some) => some.contains(column),
            })
            .copied()
            .collect()
    }
}
