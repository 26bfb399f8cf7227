"""Quality review of case files in the schema: rounds, drawn files with their scores, numbers."""

from datetime import date, datetime
from uuid import UUID

import strawberry
from strawberry import relay

from api.administration import Body, Tenant
from api.context import Info
from api.inspections import body_of
from api.nodes import NOBODY, RowNode, node_id
from api.paging import PAGE_DEFAULT, After, Connection, First, page
from service.case_reviews import queries, records, rules
from service.case_reviews.rules import ResultGrade, RoundState, Rubric, State, Step
from service.law.queries import rule_book
from service.law.rules import RuleBook
from tenants import records as tenancy
from tenants.rights import Right, Subject

strawberry.enum(RoundState, name="ReviewRoundState", description="Where a round stands")
strawberry.enum(State, name="ReviewedFileState", description="Where a drawn file stands")
strawberry.enum(Step, name="ReviewedFileStep", description="What can happen to a drawn file")
strawberry.enum(
    ResultGrade,
    name="CaseFileGrade",
    description="Grade of a reviewed file (优秀、良好、合格、不合格)",
)


@strawberry.type(description="Line of the rubric by which files are scored (评查标准)")
class ReviewCriterion:
    """One line."""

    code: str = strawberry.field(description="Code of the line")
    text: str = strawberry.field(description="What is looked at")
    points: int = strawberry.field(description="Points of the line, 0 for a veto")
    veto: bool = strawberry.field(
        description="Indicates that a defect of it alone makes a file unqualified (一票否决)"
    )
    article: str = strawberry.field(description="Law and article behind the line")
    confirmed: bool = strawberry.field(
        description="Indicates that the line was checked against a promulgated standard"
    )

    @classmethod
    def of(cls, one: rules.Criterion) -> "ReviewCriterion":
        """The line as the schema shows it."""
        return cls(
            code=one.code,
            text=one.text,
            points=one.points,
            veto=one.veto,
            article=one.article,
            confirmed=one.confirmed,
        )


@strawberry.type(description="Least score of a grade")
class ReviewBand:
    """One band."""

    grade: ResultGrade = strawberry.field(description="Grade")
    least: int = strawberry.field(description="Least points of a hundred")


@strawberry.type(description="Rubric of a day")
class ReviewRubric:
    """The standard by which files are scored."""

    criteria: list[ReviewCriterion] = strawberry.field(description="Lines by code, the vetoes last")
    bands: list[ReviewBand] = strawberry.field(description="Grades, the best first")
    spread: int = strawberry.field(
        description="Points by which two scores may differ before a third reviewer decides"
    )

    @classmethod
    def of(cls, standard: Rubric) -> "ReviewRubric":
        """The rubric as the schema shows it."""
        return cls(
            criteria=[ReviewCriterion.of(one) for one in standard.criteria],
            bands=[ReviewBand(grade=found, least=least) for least, found in standard.bands],
            spread=standard.spread,
        )


@strawberry.type(description="Round of file reviews (案卷评查), drawn at random with a public seed")
class ReviewRound(RowNode, relay.Node):
    """One round."""

    model = records.ReviewRound
    object_kind = Subject.CASE_REVIEW

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.ReviewRound]
    number: int = strawberry.field(description="Number of the round; none is ever left out")
    title: str = strawberry.field(description="Title of the round")
    state: RoundState = strawberry.field(description="Where the round stands")
    closed_from: date = strawberry.field(description="First day of the closing of the files")
    closed_to: date = strawberry.field(description="Last day of the closing of the files")
    per_town: int = strawberry.field(description="Files drawn of each town, at most")
    rubric_day: date = strawberry.field(description="Day whose rubric holds")
    seed_source: str = strawberry.field(description="Where the public seed is read")
    seed_known_after: datetime = strawberry.field(
        description="Timestamp before which nobody can know the seed"
    )
    commitment: str = strawberry.field(
        description="SHA-256 of the list of files, shown before the seed was known"
    )
    objects: int = strawberry.field(description="Number of files in the list")
    seed: str | None = strawberry.field(description="The public seed, null before the draw")
    drawn: int = strawberry.field(description="Number of files that were drawn")
    document: str | None = strawberry.field(
        description="The committed list, to be drawn again with /draws/redraw.py; null before"
    )
    void_reason: str | None = strawberry.field(description="Why it was given up, null if not")
    committed_at: datetime = strawberry.field(description="Timestamp of the commitment")

    @strawberry.field(description="Body that organises it, null where the committee does")
    async def body(self, info: Info) -> Body | None:
        """Loaded in batches."""
        return await body_of(info, self.row.body_id) if self.row.body_id else None

    @classmethod
    def of(cls, row: records.ReviewRound) -> "ReviewRound":
        """The row as the schema shows it."""
        drawn = row.state == RoundState.DRAWN.value
        return cls(
            id=row.id,
            row=row,
            number=row.number,
            title=row.title,
            state=RoundState(row.state),
            closed_from=row.closed_from,
            closed_to=row.closed_to,
            per_town=row.per_town,
            rubric_day=row.rubric_day,
            seed_source=row.seed_source,
            seed_known_after=row.seed_known_after,
            commitment=row.commitment,
            objects=row.objects,
            seed=row.seed,
            drawn=len(row.result.get("drawn", [])),
            document=row.document if drawn else None,
            void_reason=row.void_reason or None,
            committed_at=row.committed_at,
        )


@strawberry.type(description="Points that one reviewer took, and where in the file")
class ReviewPoint:
    """One finding of one reviewer."""

    criterion: str = strawberry.field(description="Code of the line of the rubric")
    deducted: int = strawberry.field(description="Points taken, 0 for a veto")
    note: str = strawberry.field(description="What is wrong in the file")


@strawberry.type(description="Score that one reviewer gave")
class FileReview:
    """One score."""

    slot: int = strawberry.field(
        description="1 and 2 are the reviewers, 3 decided a split, 4 answered an objection"
    )
    reviewer: str = strawberry.field(description="Name of the reviewer at that time")
    score: float = strawberry.field(description="Score of a hundred, to a tenth")
    vetoed: bool = strawberry.field(description="Indicates a veto")
    points: list[ReviewPoint] = strawberry.field(description="What was taken, and why")
    opinion: str = strawberry.field(description="What the reviewer says of the file")
    at: datetime = strawberry.field(description="Timestamp of the score")

    @classmethod
    def of(cls, row: records.FileReview) -> "FileReview":
        """The row as the schema shows it."""
        return cls(
            slot=row.slot,
            reviewer=row.reviewer_name,
            score=row.score_tenths / 10,
            vetoed=row.vetoed,
            points=[ReviewPoint(**one) for one in row.findings],
            opinion=row.opinion,
            at=row.at,
        )


@strawberry.type(description="Defect that stands in the result, and what was done about it")
class FileFinding:
    """One defect."""

    criterion: str = strawberry.field(description="Code of the line of the rubric")
    deducted: int = strawberry.field(description="Points taken, the most of the reviewers")
    note: str = strawberry.field(description="What is wrong in the file")
    correction: str | None = strawberry.field(description="What the body did about it")
    corrected_on: date | None = strawberry.field(description="Day on which it said so")


@strawberry.type(description="File of a closed case that was drawn for review")
class ReviewedFile(RowNode, relay.Node):
    """One file."""

    model = records.ReviewedFile
    object_kind = Subject.CASE_REVIEW

    id: relay.NodeID[UUID]
    row: strawberry.Private[records.ReviewedFile]
    case_number: str = strawberry.field(description="Number of the case (立案号)")
    round_title: str = strawberry.field(description="Title of the round that drew it")
    state: State = strawberry.field(description="Where the file stands")
    score: float | None = strawberry.field(description="Score of a hundred, to a tenth")
    vetoed: bool = strawberry.field(description="Indicates that a veto decided (一票否决)")
    grade: ResultGrade | None = strawberry.field(description="Grade, null before the result")
    result_on: date | None = strawberry.field(description="Day of the result")
    object_by: date | None = strawberry.field(
        description="Last day to object; null before, and while its year is not published"
    )
    objection: str | None = strawberry.field(description="What the reviewed body objects")
    answer: str | None = strawberry.field(description="Second opinion on the objection")
    revised: bool = strawberry.field(description="Indicates that the objection changed the result")
    correct_by: date | None = strawberry.field(description="Last day to correct the defects")
    corrected_on: date | None = strawberry.field(description="Day on which the body corrected them")
    returned: str | None = strawberry.field(description="Why the correction was returned")
    excluded: str | None = strawberry.field(description="Why it was taken out of the review")
    closed_on: date | None = strawberry.field(description="Day on which the review of it ended")
    drawn_at: datetime = strawberry.field(description="Timestamp of the draw")

    @strawberry.field(description="Steps that can follow, in the order of the procedure")
    def possible_steps(self) -> list[Step]:
        """By the state alone."""
        return rules.possible(self.state)

    @strawberry.field(description="Body that made the file")
    async def body(self, info: Info) -> Body | None:
        """Null outside its district."""
        return await body_of(info, self.row.body_id)

    @strawberry.field(description="Town of the case")
    async def town(self, info: Info) -> Tenant | None:
        """Loaded for all files of the page in one statement."""

        async def load(keys: list[UUID]) -> list[tenancy.Tenant | None]:
            rows = {row.id: row for row in await tenancy.Tenant.filter(id__in=keys)}
            return [rows.get(key) for key in keys]

        found = await info.context.loader("tenant", load).load(self.row.tenant_id)
        return Tenant.of(found) if found else None

    @strawberry.field(
        description="Scores; none before the result, so that no reviewer follows another"
    )
    async def reviews(self, info: Info) -> list[FileReview]:
        """Loaded for all files of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.FileReview]]:
            found = await queries.reviews_of(keys)
            return [found[key] for key in keys]

        if self.row.result_on is None:
            return []
        rows = await info.context.loader("file_reviews", load).load(self.id)
        return [FileReview.of(row) for row in rows]

    @strawberry.field(description="Defects that stand in the result, by line of the rubric")
    async def findings(self, info: Info) -> list[FileFinding]:
        """Loaded for all files of the page in one statement."""

        async def load(keys: list[UUID]) -> list[list[records.FileFinding]]:
            found = await queries.findings_of(keys)
            return [found[key] for key in keys]

        return [
            FileFinding(
                criterion=row.criterion,
                deducted=row.deducted,
                note=row.note,
                correction=row.correction or None,
                corrected_on=row.corrected_on,
            )
            for row in await info.context.loader("file_findings", load).load(self.id)
        ]

    @strawberry.field(description="Rubric by which the file is scored")
    async def rubric(self, info: Info) -> ReviewRubric:
        """Of the day of the round; the law is read once for all files of the page."""

        async def load(keys: list[UUID]) -> list[RuleBook]:
            book = await rule_book()
            return [book for _ in keys]

        book = await info.context.loader("review_law", load).load(NOBODY)
        return ReviewRubric.of(rules.rubric(book, self.row.rubric_day))

    @classmethod
    def of(cls, row: records.ReviewedFile) -> "ReviewedFile":
        """The row as the schema shows it."""
        return cls(
            id=row.id,
            row=row,
            case_number=row.case_number,
            round_title=row.round_title,
            state=State(row.state),
            score=None if row.score_tenths is None else row.score_tenths / 10,
            vetoed=row.vetoed,
            grade=ResultGrade(row.grade) if row.grade else None,
            result_on=row.result_on,
            object_by=row.object_by,
            objection=row.objection or None,
            answer=row.answer or None,
            revised=row.revised,
            correct_by=row.correct_by,
            corrected_on=row.corrected_on,
            returned=row.returned or None,
            excluded=row.excluded or None,
            closed_on=row.closed_on,
            drawn_at=row.drawn_at,
        )


@strawberry.input(description="Filters of the list of drawn files; all given must hold")
class ReviewedFileWhere:
    """Every filter is optional."""

    round_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Round that drew the file"
    )
    state: State | None = strawberry.field(default=None, description="Where the file stands")
    grade: ResultGrade | None = strawberry.field(default=None, description="Grade of the file")


@strawberry.type
class CaseReviewQuery:
    """Questions about file reviews."""

    @strawberry.field(description="Rounds of file reviews that the caller may see, newest first")
    async def review_rounds(
        self, info: Info, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[ReviewRound]:
        """One page."""
        info.context.require(Subject.CASE_REVIEW, Right.READ_OWN)
        return await page(queries.rounds(), ReviewRound.of, first=first, after=after)

    @strawberry.field(description="Drawn files that the caller may see, newest first")
    async def reviewed_files(
        self,
        info: Info,
        where: ReviewedFileWhere | None = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[ReviewedFile]:
        """One page; the case itself is read with a purpose."""
        info.context.require(Subject.CASE_REVIEW, Right.READ_OWN)
        given = where or ReviewedFileWhere()
        wanted = node_id(given.round_id, ReviewRound, "roundId") if given.round_id else None
        found = queries.files(round_id=wanted, state=given.state, grade=given.grade)
        return await page(found, ReviewedFile.of, first=first, after=after)
