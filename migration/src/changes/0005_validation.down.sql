DROP TABLE assessment_results, assessment_documents, assessments, criteria, buckets, workflows;
DROP FUNCTION assessments_check_status();
DROP FUNCTION buckets_check_criteria();
DROP FUNCTION criteria_check_buckets();
