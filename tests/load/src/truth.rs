//! What is right: read from the tables with plain statements and put together here, in another way than any engine does it.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement, Value as Parameter};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::plain;

/// Photos of an organization that Point and Write go through.
const CHOSEN: i64 = 120;

/// An organization and the right answers to its admin.
#[derive(Debug)]
pub struct Organization {
    /// Its id.
    pub id: Uuid,
    /// Somebody who sees all of it.
    pub admin: Uuid,
    /// The photos that Point and Write go through; none of them is on a page that another operation reads.
    pub photos: Vec<Uuid>,
    /// The answers to Point, in the order of `photos`.
    pub points: Vec<Value>,
    /// The answer to Page.
    pub page: Value,
    /// The answer to Wide.
    pub wide: Value,
    /// The answer to Nested.
    pub nested: Value,
}

/// All organizations.
pub async fn read(superuser: &DatabaseConnection) -> Result<Vec<Organization>, DbErr> {
    let reader = Reader(superuser);
    let found = reader
        .rows(
            "SELECT users.organization_id AS organization, users.id AS admin FROM users
             JOIN user_roles ON user_roles.organization_id = users.organization_id AND user_roles.user_id = users.id
             JOIN roles ON roles.id = user_roles.role_id WHERE roles.name = 'admin' ORDER BY 1",
            [],
        )
        .await?;
    let mut organizations = Vec::with_capacity(found.len());
    for row in &found {
        organizations.push(
            reader
                .organization(id(row, "organization"), id(row, "admin"))
                .await?,
        );
    }
    Ok(organizations)
}

struct Reader<'a>(&'a DatabaseConnection);

impl Reader<'_> {
    async fn organization(&self, organization: Uuid, admin: Uuid) -> Result<Organization, DbErr> {
        let chosen = self
            .rows(
                r#"SELECT photo.id, photo.s3_key AS "s3Key", photo.width, photo.height, photo.created_at AS "createdAt",
                     json_build_object('id', project.id, 'name', project.name) AS project, json_build_object('id', person.id, 'email', person.email) AS user
                   FROM (SELECT *, row_number() OVER (ORDER BY created_at) AS place, count(*) OVER () AS number
                         FROM (SELECT * FROM photos WHERE organization_id = $1 ORDER BY created_at DESC OFFSET 500) AS older) AS photo
                   JOIN projects project ON project.organization_id = $1 AND project.id = photo.project_id
                   JOIN users person ON person.organization_id = $1 AND person.id = photo.user_id
                   WHERE place % greatest(number / $2, 1) = 0 ORDER BY photo.id LIMIT $2"#,
                [organization.into(), CHOSEN.into()],
            )
            .await?;
        Ok(Organization {
            id: organization,
            admin,
            photos: chosen.iter().map(|row| id(row, "id")).collect(),
            points: chosen.into_iter().map(plain).collect(),
            page: self.page(organization).await?,
            wide: self.wide(organization).await?,
            nested: self.nested(organization).await?,
        })
    }

    async fn page(&self, organization: Uuid) -> Result<Value, DbErr> {
        let newest = self
            .rows(
                r#"SELECT id, s3_key AS "s3Key", width, height, created_at AS "createdAt" FROM photos
                   WHERE organization_id = $1 ORDER BY created_at DESC, id DESC LIMIT 20"#,
                [organization.into()],
            )
            .await?;
        let mut photos = Vec::new();
        for mut photo in newest {
            let tags = self
                .rows(
                    "SELECT id, detection_id, tag, source FROM tags WHERE organization_id = $1 AND photo_id = $2 ORDER BY created_at, id",
                    [organization.into(), id(&photo, "id").into()],
                )
                .await?;
            let mut detections = self
                .detections(organization, id(&photo, "id"), 1000)
                .await?;
            for detection in &mut detections {
                let own = tags
                    .iter()
                    .filter(|tag| tag["detection_id"] == detection["id"]);
                detection["tags"] = own
                    .map(|tag| json!({ "id": tag["id"], "tag": tag["tag"], "source": tag["source"] }))
                    .collect();
            }
            photo["detections"] = Value::Array(detections);
            photo["tags"] = tags
                .iter()
                .map(|tag| json!({ "tag": tag["tag"] }))
                .collect();
            photos.push(photo);
        }
        Ok(plain(Value::Array(photos)))
    }

    async fn wide(&self, organization: Uuid) -> Result<Value, DbErr> {
        let photos = self
            .rows(
                r#"SELECT id, s3_key AS "s3Key", mime_type AS "mimeType", width, height, created_at AS "createdAt" FROM photos
                   WHERE organization_id = $1 ORDER BY created_at DESC, id DESC LIMIT 500"#,
                [organization.into()],
            )
            .await?;
        Ok(plain(Value::Array(photos)))
    }

    async fn nested(&self, organization: Uuid) -> Result<Value, DbErr> {
        let mut projects = self
            .rows(
                "SELECT id, name FROM projects WHERE organization_id = $1 ORDER BY created_at DESC, id DESC LIMIT 10",
                [organization.into()],
            )
            .await?;
        for project in &mut projects {
            let mut photos = self
                .rows(
                    r#"SELECT id, s3_key AS "s3Key", created_at AS "createdAt" FROM photos
                       WHERE organization_id = $1 AND project_id = $2 ORDER BY created_at DESC, id DESC LIMIT 5"#,
                    [organization.into(), id(project, "id").into()],
                )
                .await?;
            for photo in &mut photos {
                let first = self.detections(organization, id(photo, "id"), 3).await?;
                photo["detections"] = Value::Array(first);
            }
            project["photos"] = Value::Array(photos);
        }
        Ok(plain(Value::Array(projects)))
    }

    async fn detections(
        &self,
        organization: Uuid,
        photo: Uuid,
        first: i64,
    ) -> Result<Vec<Value>, DbErr> {
        self.rows(
            r#"SELECT id, detection_type AS "detectionType", confidence FROM detections
               WHERE organization_id = $1 AND photo_id = $2 ORDER BY created_at, id LIMIT $3"#,
            [organization.into(), photo.into(), first.into()],
        )
        .await
    }

    async fn rows<const N: usize>(
        &self,
        sql: &str,
        parameters: [Parameter; N],
    ) -> Result<Vec<Value>, DbErr> {
        let statement = Statement::from_sql_and_values(
            self.0.get_database_backend(),
            format!("SELECT to_jsonb(row) AS row FROM ({sql}) AS row"),
            parameters,
        );
        let rows = self.0.query_all_raw(statement).await?;
        rows.iter().map(|row| row.try_get("", "row")).collect()
    }
}

fn id(row: &Value, column: &str) -> Uuid {
    row[column]
        .as_str()
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}
