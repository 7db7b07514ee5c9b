//! A file handed in for an assessment.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::validation::assessment_document;
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::{Assessment, AssessmentFilter, Bucket, BucketFilter};
use crate::core::{BigInt, DateTimeFilter, Id, IdFilter};
use crate::{filter, node, order, relations};

/// A file handed in for an assessment, in one of the workflow's buckets.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "assessment_document::Entity")]
pub struct AssessmentDocument {
    /// Identity.
    pub id: Id,
    /// Identity of the assessment it was handed in for.
    pub assessment_id: Id,
    /// Identity of the bucket: the kind of document it is.
    pub bucket_id: Id,
    /// Name as the user had it.
    pub file_name: String,
    /// Key of the stored object.
    pub storage_key: String,
    /// Media type, as application/pdf.
    pub mime_type: Option<String>,
    /// Size of the object in bytes.
    pub file_size_bytes: Option<BigInt>,
    /// When it was handed in.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

node!(AssessmentDocument: assessment_document, AssessmentDocumentFilter, AssessmentDocumentOrder, needs AssessmentsRead);

filter! {
    /// Which documents of assessments.
    AssessmentDocumentFilter for AssessmentDocument of assessment_document {
        /// By identity.
        id: IdFilter => Id,
        /// By the assessment they were handed in for.
        assessment_id: IdFilter => AssessmentId,
        /// By the kind of document they are.
        bucket_id: IdFilter => BucketId,
        /// By when they were handed in.
        created_at: DateTimeFilter => CreatedAt,
    } one {
        /// By the assessment they were handed in for.
        assessment: AssessmentFilter => AssessmentId,
        /// By the kind of document they are.
        bucket: BucketFilter => BucketId,
    }
}

order! {
    /// By what documents of assessments are put in order.
    AssessmentDocumentOrder, AssessmentDocumentOrderField for AssessmentDocument of assessment_document, usually CreatedAt Asc {
        /// By when they were handed in.
        CreatedAt = created_at: DateTime<Utc>,
    }
}

relations! {
    AssessmentDocument one {
        /// The assessment it was handed in for. Needs assessments:read.
        assessment: Assessment by assessment_id,
        /// The kind of document it is. Needs workflows:read.
        bucket: Bucket by bucket_id,
    }
}
