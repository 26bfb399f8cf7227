"""Tables of file reviews."""

from typing import Any

from tortoise import fields

from tenants.records import TenantOwned


class ReviewRound(TenantOwned):
    """Round of file reviews that an office organises, committed to before its seed is known."""

    number = fields.IntField()
    title = fields.CharField(max_length=200)
    body_id = fields.UUIDField(null=True)
    closed_from = fields.DateField()
    closed_to = fields.DateField()
    per_town = fields.IntField()
    rubric_day = fields.DateField()
    seed_source = fields.CharField(max_length=300)
    seed_known_after = fields.DatetimeField()
    commitment = fields.CharField(max_length=64)
    document = fields.TextField()
    objects = fields.IntField()
    state = fields.CharField(max_length=10, default="COMMITTED")
    seed = fields.CharField(max_length=400, null=True)
    result = fields.JSONField[dict[str, Any]](default=dict)
    void_reason = fields.CharField(max_length=400, default="")
    committed_at = fields.DatetimeField()
    drawn_at = fields.DatetimeField(null=True)

    class Meta:
        table = "case_review_rounds"


class ReviewedFile(TenantOwned):
    """File of a closed case that was drawn, owned by the town of the case."""

    round_id = fields.UUIDField()
    round_title = fields.CharField(max_length=200)
    rubric_day = fields.DateField()
    case_id = fields.UUIDField()
    case_number = fields.CharField(max_length=80)
    body_id = fields.UUIDField()
    state = fields.CharField(max_length=12, default="DRAWN")
    score_tenths = fields.IntField(null=True)
    vetoed = fields.BooleanField(default=False)
    grade = fields.CharField(max_length=12, null=True)
    result_on = fields.DateField(null=True)
    object_by = fields.DateField(null=True)
    objection = fields.CharField(max_length=2000, default="")
    objected_on = fields.DateField(null=True)
    answer = fields.CharField(max_length=2000, default="")
    answered_on = fields.DateField(null=True)
    revised = fields.BooleanField(default=False)
    correct_by = fields.DateField(null=True)
    owed_on = fields.DateField(null=True)
    corrected_on = fields.DateField(null=True)
    returned = fields.CharField(max_length=400, default="")
    accepted_by = fields.CharField(max_length=120, default="")
    excluded = fields.CharField(max_length=400, default="")
    closed_on = fields.DateField(null=True)
    drawn_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "reviewed_files"


class FileReview(TenantOwned):
    """Score of one reviewer, slots 1 to 3 score the file and slot 4 answers an objection."""

    file_id = fields.UUIDField()
    slot = fields.IntField()
    reviewer = fields.CharField(max_length=120)
    reviewer_name = fields.CharField(max_length=100)
    body_id = fields.UUIDField()
    case_body_id = fields.UUIDField()
    score_tenths = fields.IntField()
    vetoed = fields.BooleanField()
    findings = fields.JSONField[list[dict[str, Any]]](default=list)
    opinion = fields.CharField(max_length=2000, default="")
    at = fields.DatetimeField()

    class Meta:
        table = "file_reviews"


class FileFinding(TenantOwned):
    """Defect that stands in the result of a file, and what its body did about it."""

    file_id = fields.UUIDField()
    criterion = fields.CharField(max_length=60)
    deducted = fields.IntField()
    note = fields.CharField(max_length=2000)
    correction = fields.CharField(max_length=2000, default="")
    corrected_on = fields.DateField(null=True)

    class Meta:
        table = "file_findings"
