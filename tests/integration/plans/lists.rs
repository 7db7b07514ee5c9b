//! The lists of the graph, a line each.

/// One list of the graph, as the gateway reads it.
#[derive(Clone, Copy)]
pub struct Line {
    pub what: &'static str,
    pub table: &'static str,
    /// Further conditions; `$id` stands for the id of the parent whose children they are.
    condition: &'static str,
    /// The columns of the default order; none where a few rows are looked up.
    order: &'static [&'static str],
    descending: bool,
    /// What the index must find the rows by: its first columns.
    pub keys: &'static [&'static str],
}

const fn lookup(
    what: &'static str,
    table: &'static str,
    condition: &'static str,
    keys: &'static [&'static str],
) -> Line {
    Line {
        what,
        table,
        condition,
        order: &[],
        descending: false,
        keys,
    }
}

const fn by(line: Line, order: &'static [&'static str], descending: bool) -> Line {
    Line {
        order,
        descending,
        ..line
    }
}

const fn newest(
    what: &'static str,
    table: &'static str,
    condition: &'static str,
    keys: &'static [&'static str],
) -> Line {
    by(
        lookup(what, table, condition, keys),
        &["created_at", "id"],
        true,
    )
}

const fn oldest(
    what: &'static str,
    table: &'static str,
    condition: &'static str,
    keys: &'static [&'static str],
) -> Line {
    by(
        lookup(what, table, condition, keys),
        &["created_at", "id"],
        false,
    )
}

pub const ORG: &str = "organization_id";

#[rustfmt::skip] // a line a list
pub const LINES: &[Line] = &[
    // tenancy
    lookup("the organization of the caller", "organizations", "", &["id"]),
    lookup("what an organization has used of its quotas", "quota_usages", "", &[ORG]),
    newest("users", "users", "", &[ORG]),
    lookup("users who are active", "users", "is_active", &[ORG, "is_active"]),
    lookup("the user of a name", "users", "username = 'ada'", &["username"]),
    lookup("the user of an identity provider", "users", "auth_provider_id = 'okta|1'", &["auth_provider_id"]),
    by(lookup("own roles of an organization", "roles", "organization_id = $id", &[ORG]), &["name"], false),
    lookup("permissions of a role", "role_permissions", "role_id = $id", &["role_id"]),
    by(lookup("roles of a user", "user_roles", "user_id = $id", &[ORG, "user_id"]), &["role_id"], false),
    lookup("users of a role", "user_roles", "role_id = $id", &["role_id", ORG]),
    newest("projects", "projects", "", &[ORG]),
    newest("projects of a status", "projects", "status = 'active'", &[ORG, "status"]),
    lookup("projects that a user manages", "projects", "manager_id = $id", &[ORG, "manager_id"]),
    by(lookup("members of a project", "project_members", "project_id = $id", &[ORG, "project_id"]), &["user_id"], false),
    by(lookup("memberships of a user", "project_members", "user_id = $id", &[ORG, "user_id"]), &["project_id"], false),
    lookup("the refresh token of a hash", "refresh_tokens", "token_hash = 'abc'", &["token_hash"]),
    lookup("refresh tokens of a user", "refresh_tokens", "user_id = $id", &[ORG, "user_id"]),
    lookup("refresh tokens of a family", "refresh_tokens", "family_id = $id", &[ORG, "family_id"]),
    lookup("the idempotency key of a request", "idempotency_keys", "user_id = $id AND key = 'abc'", &[ORG, "user_id", "key"]),
    lookup("the expired idempotency keys of a user", "idempotency_keys", "user_id = $id AND expires_at <= now()", &[ORG, "user_id", "expires_at"]),
    newest("audit logs", "audit_logs", "", &[ORG]),
    newest("audit logs of an actor", "audit_logs", "actor_id = $id", &[ORG, "actor_id"]),
    newest("audit logs of a resource", "audit_logs", "resource_type = 'photo' AND resource_id = $id", &[ORG, "resource_type", "resource_id"]),
    newest("audit logs of an action", "audit_logs", "action = 'createPhoto'", &[ORG, "action"]),
    // photos
    newest("photos", "photos", "", &[ORG]),
    newest("photos of a project", "photos", "project_id = $id", &[ORG, "project_id"]),
    newest("photos of a user", "photos", "user_id = $id", &[ORG, "user_id"]),
    lookup("the photo of an object", "photos", "s3_key = 'a.jpg'", &[ORG, "s3_key"]),
    newest("detections", "detections", "", &[ORG]),
    newest("detections that nobody confirmed", "detections", "NOT user_confirmed", &[ORG]),
    oldest("detections of a photo", "detections", "photo_id = $id", &[ORG, "photo_id"]),
    lookup("detections of a type", "detections", "detection_type = 'damage' AND user_confirmed", &[ORG, "detection_type", "user_confirmed"]),
    lookup("detections that a user confirmed", "detections", "confirmed_by = $id", &[ORG, "confirmed_by"]),
    oldest("tags of a photo", "tags", "photo_id = $id", &[ORG, "photo_id"]),
    oldest("tags of a detection", "tags", "detection_id = $id", &[ORG, "detection_id"]),
    by(lookup("photos of a label", "tags", "tag = 'hail'", &[ORG, "tag"]), &["photo_id"], false),
    by(lookup("processing events", "processing_events", "", &[ORG]), &["occurred_at", "id"], true),
    by(lookup("processing events of a photo", "processing_events", "photo_id = $id", &[ORG, "photo_id"]), &["occurred_at", "id"], false),
    lookup("processing events of a detection", "processing_events", "detection_id = $id", &[ORG, "detection_id"]),
    // validation
    newest("workflows", "workflows", "", &[ORG]),
    newest("workflows that are active", "workflows", "is_active", &[ORG]),
    lookup("workflows of a user", "workflows", "created_by = $id", &[ORG, "created_by"]),
    by(lookup("buckets of a workflow", "buckets", "workflow_id = $id", &[ORG, "workflow_id"]), &["position", "id"], false),
    by(lookup("criteria of a workflow", "criteria", "workflow_id = $id", &[ORG, "workflow_id"]), &["position", "id"], false),
    newest("assessments", "assessments", "", &[ORG]),
    newest("assessments of a status", "assessments", "status = 'failed'", &[ORG, "status"]),
    newest("assessments of a workflow", "assessments", "workflow_id = $id", &[ORG, "workflow_id"]),
    newest("assessments of a user", "assessments", "created_by = $id", &[ORG, "created_by"]),
    newest("assessments of a project", "assessments", "project_id = $id", &[ORG, "project_id"]),
    oldest("documents of an assessment", "assessment_documents", "assessment_id = $id", &[ORG, "assessment_id"]),
    lookup("documents of a bucket", "assessment_documents", "bucket_id = $id", &[ORG, "bucket_id"]),
    oldest("results of an assessment", "assessment_results", "assessment_id = $id", &[ORG, "assessment_id"]),
    lookup("failed results of an assessment", "assessment_results", "assessment_id = $id AND NOT pass", &[ORG, "assessment_id", "pass"]),
    oldest("failed results of an assessment in order", "assessment_results", "assessment_id = $id AND NOT pass", &[ORG, "assessment_id"]),
    lookup("results of a criterion", "assessment_results", "criterion_id = $id", &[ORG, "criterion_id"]),
    // knowledge
    newest("documents", "documents", "", &[ORG]),
    newest("documents of a mission", "documents", "mission = 'audit'", &[ORG, "mission"]),
    newest("documents of a status", "documents", "processing_status = 'pending'", &[ORG, "processing_status"]),
    newest("documents of a project", "documents", "project_id = $id", &[ORG, "project_id"]),
    newest("documents of a user", "documents", "uploaded_by = $id", &[ORG, "uploaded_by"]),
    by(lookup("chunks of a document", "document_chunks", "document_id = $id", &[ORG, "document_id"]), &["chunk_index"], false),
    lookup("grants of a document", "document_permissions", "document_id = $id", &[ORG, "document_id"]),
    lookup("grants of a user", "document_permissions", "user_id = $id", &[ORG, "user_id"]),
    lookup("grants of a role", "document_permissions", "role_id = $id", &["role_id", ORG]),
    newest("query logs", "query_logs", "", &[ORG]),
    newest("query logs of a user", "query_logs", "user_id = $id", &[ORG, "user_id"]),
    // agents
    newest("agents", "agent_configs", "", &[ORG]),
    by(lookup("agents by name", "agent_configs", "", &[ORG]), &["name", "id"], false),
    newest("agents of a project", "agent_configs", "project_id = $id", &[ORG, "project_id"]),
    newest("conversations", "conversations", "", &[ORG]),
    newest("conversations of a user", "conversations", "user_id = $id", &[ORG, "user_id"]),
    newest("conversations of a project", "conversations", "project_id = $id", &[ORG, "project_id"]),
    newest("conversations of an agent", "conversations", "agent_id = $id", &[ORG, "agent_id"]),
    newest("agents of a trade", "agent_configs", "agent_type = 'doc'", &[ORG, "agent_type"]),
    newest("agents that are active", "agent_configs", "is_active", &[ORG]),
    by(lookup("conversations by the last word", "conversations", "", &[ORG]), &["updated_at", "id"], true),
    by(lookup("conversations of a user by the last word", "conversations", "user_id = $id", &[ORG, "user_id"]), &["updated_at", "id"], true),
    lookup("conversations of a title", "conversations", "title = 'Hail'", &[ORG, "title"]),
    lookup("messages of a span of time", "messages", "created_at > '2026-11-01'", &[ORG, "created_at"]),
    lookup("messages of a user in a span of time", "messages", "user_id = $id AND created_at > '2026-11-01'", &[ORG, "user_id", "created_at"]),
    oldest("messages of a conversation", "messages", "conversation_id = $id", &[ORG, "conversation_id"]),
    // uploads
    newest("cycles", "cycles", "", &[ORG]),
    newest("cycles of a status", "cycles", "status = 'pending'", &[ORG, "status"]),
    by(lookup("cycles of a project", "cycles", "project_id = $id", &[ORG, "project_id"]), &["cycle_number"], true),
    by(lookup("cycles by number", "cycles", "", &[ORG]), &["cycle_number", "id"], false),
    lookup("cycles of a name", "cycles", "cycle_name = 'C1'", &[ORG, "cycle_name"]),
    newest("sessions", "sync_sessions", "", &[ORG]),
    newest("sessions of a status", "sync_sessions", "status = 'failed'", &[ORG, "status"]),
    newest("sessions of a project", "sync_sessions", "project_id = $id", &[ORG, "project_id"]),
    newest("sessions of a cycle", "sync_sessions", "cycle_id = $id", &[ORG, "cycle_id"]),
    newest("sessions of a user", "sync_sessions", "user_id = $id", &[ORG, "user_id"]),
    newest("files", "file_uploads", "", &[ORG]),
    newest("files of a status", "file_uploads", "status = 'failed'", &[ORG, "status"]),
    oldest("files of a session", "file_uploads", "session_id = $id", &[ORG, "session_id"]),
    lookup("the files that made an object", "file_uploads", "s3_key = 'a.las'", &[ORG, "s3_key"]),
    lookup("the same file before", "file_uploads", "checksum = 'abc' AND status = 'completed'", &[ORG, "checksum", "status"]),
    lookup("the files of a content", "file_uploads", "checksum = 'abc'", &[ORG, "checksum"]),
    // relations that few rows have
    by(lookup("users of a role", "user_roles", "role_id = $id", &["role_id", ORG]), &["user_id"], false),
    newest("projects that a user manages", "projects", "manager_id = $id", &[ORG, "manager_id"]),
    newest("users who are active", "users", "is_active", &[ORG, "is_active"]),
    newest("detections that a user confirmed", "detections", "confirmed_by = $id", &[ORG, "confirmed_by"]),
    by(lookup("processing events of a detection", "processing_events", "detection_id = $id", &[ORG, "detection_id"]), &["occurred_at", "id"], false),
    newest("workflows of a user", "workflows", "created_by = $id", &[ORG, "created_by"]),
    oldest("documents of a bucket", "assessment_documents", "bucket_id = $id", &[ORG, "bucket_id"]),
    newest("results of a criterion", "assessment_results", "criterion_id = $id", &[ORG, "criterion_id"]),
];

/// Tables whose rows are put in the bin: no ordinary read sees them there.
const WITH_BIN: [&str; 8] = [
    "organizations",
    "users",
    "projects",
    "photos",
    "documents",
    "agent_configs",
    "conversations",
    "workflows",
];

pub const ID: &str = "'0198c0de-0000-7000-8000-000000000001'";

/// A value such as a cursor would have.
fn cursor_value(column: &str) -> &'static str {
    match column {
        "created_at" | "updated_at" | "occurred_at" => "'2026-11-01 12:00Z'",
        "position" | "chunk_index" | "cycle_number" => "3",
        "name" => "'Miller'",
        _ => ID,
    }
}

impl Line {
    /// A page of the list: backwards for `last`, and from a cursor on.
    fn page(&self, backward: bool, continued: bool, parent: &str) -> String {
        let mut conditions = Vec::new();
        if !self.condition.is_empty() {
            conditions.push(self.condition.replace("$id", parent));
        }
        if WITH_BIN.contains(&self.table) {
            conditions.push("deleted_at IS NULL".to_owned());
        }
        let descending = self.descending != backward;
        if continued {
            let values: Vec<_> = self.order.iter().map(|name| cursor_value(name)).collect();
            conditions.push(format!(
                "({}) {} ({})",
                self.order.join(", "),
                if descending { "<" } else { ">" },
                values.join(", ")
            ));
        }
        let mut sql = format!("SELECT created_at FROM {}", self.table);
        if !conditions.is_empty() {
            sql = format!("{sql} WHERE {}", conditions.join(" AND "));
        }
        if !self.order.is_empty() {
            let direction = if descending { " DESC" } else { "" };
            let order: Vec<_> = self
                .order
                .iter()
                .map(|name| format!("{name}{direction}"))
                .collect();
            sql = format!("{sql} ORDER BY {}", order.join(", "));
        }
        sql
    }

    /// Every statement of this list; beside it, what the index must go on from besides the list's keys.
    pub fn statements(&self) -> Vec<(String, Option<String>)> {
        let pages: &[(bool, bool)] = if self.order.is_empty() {
            &[(false, false)]
        } else {
            &[(false, false), (false, true), (true, false), (true, true)]
        };
        let mut statements = Vec::new();
        for &(backward, continued) in pages {
            let from = continued.then(|| match self.order {
                [only] => (*only).to_owned(),
                several => format!("ROW({})", several.join(", ")),
            });
            let page = self.page(backward, continued, ID);
            statements.push((format!("{page} LIMIT 21"), from.clone()));
            if self.condition.contains("$id") {
                // The children of many parents at once, so many for each.
                let page = self.page(backward, continued, "parent.id");
                statements.push((
                    format!(
                        "SELECT parent.id, child.created_at FROM unnest(ARRAY[{ID}, {ID}]::uuid[]) AS parent (id)
                         JOIN LATERAL ({page} LIMIT 3) AS child ON true"
                    ),
                    from,
                ));
            }
        }
        statements
    }
}
