"""Forms in the schema: what a kind must say, a town's versions of it, previews and acts."""

from base64 import b64encode
from datetime import date, datetime
from typing import Annotated, Any

import strawberry
from strawberry import relay
from strawberry.scalars import JSON

from api.acts import KeyedInput, act
from api.context import Info
from api.enforcement_documents import Document
from api.nodes import node_id
from service import clock
from service.documents import access, commands, queries, records, templates
from service.documents.kinds import FORMS, DocumentKind
from service.documents.press import shipped
from service.documents.rules import mandatory
from service.documents.wording import BLOCKS, labels, simple_fields
from service.errors import Forbidden, Invalid, NotFound
from tenants.rights import Right, Subject


@strawberry.type(description="Field of a form")
class FormField:
    """What a document of the kind says."""

    name: str = strawberry.field(description="Name of the field")
    label: str = strawberry.field(description="Wording on the form")
    mandatory: bool = strawberry.field(description="Indicates that every document must say it")
    placeholder: bool = strawberry.field(
        description="Indicates that it may stand in a block as its name in braces"
    )


@strawberry.type(description="Text of a form that a town may put in its own words")
class FormBlock:
    """One block."""

    name: str = strawberry.field(description="Name of the block")
    shipped: str = strawberry.field(description="Words that the product ships")
    text: str = strawberry.field(description="Words in force today")


@strawberry.type(description="Version of a town's form, in force from a day on")
class DocumentTemplate:
    """One version."""

    number: int = strawberry.field(description="Number of the version, from 1")
    effective_from: date = strawberry.field(description="First day on which it counts")
    blocks: JSON = strawberry.field(description="Texts by block; absent ones are the shipped")
    source: str = strawberry.field(description="Template in typst, empty for the shipped one")
    restores: int | None = strawberry.field(description="Version returned to, 0 for the shipped")
    note: str = strawberry.field(description="Why")
    author: str = strawberry.field(description="Who")
    created_at: datetime = strawberry.field(description="Timestamp of the entry")

    @classmethod
    def of(cls, row: records.DocumentTemplate) -> "DocumentTemplate":
        """The row as the schema shows it."""
        return cls(
            number=row.number,
            effective_from=row.effective_from,
            blocks=JSON(row.blocks),
            source=row.source,
            restores=row.restores,
            note=row.note,
            author=row.created_by,
            created_at=row.created_at,
        )


@strawberry.type(description="Form of one kind of document in the caller's town")
class DocumentForm:
    """What can be said and what can be adjusted."""

    kind: DocumentKind = strawberry.field(description="What it is for")
    title: str = strawberry.field(description="Title")
    fields: list[FormField] = strawberry.field(description="What it says, in order")
    blocks: list[FormBlock] = strawberry.field(description="Texts that may be adjusted")
    shipped_source: str = strawberry.field(description="Template that the product ships, typst")
    in_force: int = strawberry.field(description="Version in force today, 0 for the shipped")
    versions: list[DocumentTemplate] = strawberry.field(
        description="The town's versions, newest first, the last 50"
    )


@strawberry.type(description="Typeset sample of a form; nothing of it is kept")
class DocumentPreview:
    """A file and what it sets on the page."""

    pdf: str = strawberry.field(description="PDF in base64, marked as a sample")
    pictures: list[str] = strawberry.field(
        description="First pages, at most 4, as PNG in base64, for screens that show no PDF"
    )
    missing: list[str] = strawberry.field(
        description="Mandatory fields, and `foot`, that it does not set on the page"
    )


@strawberry.type
class DocumentFormQuery:
    """Questions about forms."""

    @strawberry.field(description="Form of a kind in the caller's town")
    async def document_form(
        self,
        info: Info,
        kind: Annotated[DocumentKind, strawberry.argument(description="What it is for")],
    ) -> DocumentForm:
        """Three statements."""
        info.context.require(Subject.SETTINGS, Right.READ_OWN)
        home = info.context.home
        held = await templates.in_force(home, kind, clock.legal_day(clock.now()))
        own = held.blocks if held else {}
        found = queries.template_versions(kind.value).filter(tenant_id=home.tenant_id)
        return DocumentForm(
            kind=kind,
            title=FORMS[kind].title,
            fields=[
                FormField(
                    name=name,
                    label=label,
                    mandatory=name in mandatory(kind),
                    placeholder=name in simple_fields(kind),
                )
                for name, label in labels(kind).items()
            ],
            blocks=[
                FormBlock(name=name, shipped=text, text=own.get(name, text))
                for name, text in BLOCKS[kind].items()
            ],
            shipped_source=shipped(kind),
            in_force=held.number if held else 0,
            versions=[DocumentTemplate.of(r) for r in await found.order_by("-number").limit(50)],
        )


@strawberry.input(description="Wording of a form to be tried")
class PreviewDocumentFormInput(KeyedInput):
    """Input of `previewDocumentForm`."""

    kind: DocumentKind = strawberry.field(description="What it is for")
    blocks: JSON | None = strawberry.field(default=None, description="Texts by block")
    source: str = strawberry.field(default="", description="Template in typst, or the shipped one")
    content: JSON | None = strawberry.field(
        default=None, description="Fields by name, invented ones by default"
    )


@strawberry.input(description="Wording of a form from a day on")
class SaveDocumentTemplateInput(KeyedInput):
    """Input of `saveDocumentTemplate`."""

    kind: DocumentKind = strawberry.field(description="What it is for")
    blocks: JSON | None = strawberry.field(default=None, description="Texts by block")
    source: str = strawberry.field(
        default="", description="Template in typst, at most 65536 characters, or the shipped one"
    )
    effective_from: date | None = strawberry.field(
        default=None, description="First day on which it counts, today by default"
    )
    note: str = strawberry.field(default="", description="Why, at most 400 characters")


@strawberry.input(description="Version of a form to return to")
class RestoreDocumentTemplateInput(KeyedInput):
    """Input of `restoreDocumentTemplate`."""

    kind: DocumentKind = strawberry.field(description="What it is for")
    number: int = strawberry.field(description="Version, 0 for the shipped form")
    effective_from: date | None = strawberry.field(
        default=None, description="First day on which it counts, today by default"
    )


@strawberry.input(description="Document to be corrected by a new version")
class ReplaceDocumentInput(KeyedInput):
    """Input of `replaceDocument`."""

    document_id: relay.GlobalID = strawberry.field(description="Version that holds")
    content: JSON = strawberry.field(description="All fields of the new version by name")
    reason: str = strawberry.field(description="Why, 2 to 400 characters")


@strawberry.input(description="Document to be voided")
class VoidDocumentInput(KeyedInput):
    """Input of `voidDocument`."""

    document_id: relay.GlobalID = strawberry.field(description="Version that holds")
    reason: str = strawberry.field(description="Why, 2 to 400 characters")


def _object(given: Any, field: str) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise Invalid(f"{field} must be an object", path=("input", field))
    return given


def _texts(given: Any) -> dict[str, str]:
    texts = _object(given, "blocks")
    if not all(isinstance(text, str) for text in texts.values()):
        raise Invalid("every block is a text", path=("input", "blocks"))
    return texts


async def _preview(info: Info, given: PreviewDocumentFormInput) -> DocumentPreview:
    sheet = await templates.preview(
        info.context.home,
        given.kind,
        blocks=_texts(given.blocks),
        source=given.source,
        content=_object(given.content, "content") if given.content is not None else None,
    )
    missing = {*mandatory(given.kind), "foot"}.difference(sheet.marks)
    return DocumentPreview(
        pdf=b64encode(sheet.pdf).decode(),
        pictures=[b64encode(page).decode() for page in sheet.pictures],
        missing=sorted(missing),
    )


async def _save(info: Info, given: SaveDocumentTemplateInput) -> DocumentTemplate:
    row = await templates.save(
        info.context.home,
        given.kind,
        blocks=_texts(given.blocks),
        source=given.source,
        effective_from=given.effective_from,
        note=given.note,
    )
    return DocumentTemplate.of(row)


async def _restore(info: Info, given: RestoreDocumentTemplateInput) -> DocumentTemplate:
    row = await templates.restore(
        info.context.home, given.kind, given.number, effective_from=given.effective_from
    )
    return DocumentTemplate.of(row)


async def _own(info: Info, given: relay.GlobalID) -> records.Document:
    """The document, where the caller speaks for the body that issued it."""
    wanted = node_id(given, Document, "documentId")
    principal = info.context.principal
    row: records.Document | None = await Document.seen(
        principal, records.Document.filter(id=wanted)
    ).first()
    if row is None:
        raise NotFound("no such document", path=("input", "documentId"))
    if not access.may_change(principal, DocumentKind(row.kind), row.body_id):
        raise Forbidden("only the body that issued a document changes it")
    return row


async def _replace(info: Info, given: ReplaceDocumentInput) -> Document:
    row = await _own(info, given.document_id)
    content = _object(given.content, "content")
    return Document.of(await commands.replace(row.id, content, given.reason))


async def _void(info: Info, given: VoidDocumentInput) -> Document:
    row = await _own(info, given.document_id)
    return Document.of(await commands.void(row.id, given.reason))


_SET = (Subject.SETTINGS, Right.WRITE)
_DESK = (Subject.TENANT, Right.READ_OWN)  # and only who issued it, see `_own`


@strawberry.type
class DocumentMutation:
    """Acts on forms and documents."""

    preview_document_form = act(
        "previewDocumentForm",
        "Typeset a form with a wording that is not kept",
        PreviewDocumentFormInput,
        ("preview", DocumentPreview),
        _preview,
        needs=_SET,
        codes=("TEMPLATE_REFUSED", "FIELDS_MISSING"),
    )
    save_document_template = act(
        "saveDocumentTemplate",
        "Keep a town's wording of a form from a day on, once it has been typeset",
        SaveDocumentTemplateInput,
        ("template", DocumentTemplate),
        _save,
        needs=_SET,
        codes=("TEMPLATE_REFUSED", "FIELDS_MISSING", "CONFLICT"),
    )
    restore_document_template = act(
        "restoreDocumentTemplate",
        "Return to an earlier version of a form",
        RestoreDocumentTemplateInput,
        ("template", DocumentTemplate),
        _restore,
        needs=_SET,
        codes=("TEMPLATE_REFUSED", "FIELDS_MISSING", "CONFLICT"),
    )
    replace_document = act(
        "replaceDocument",
        "Correct a document by a new version under the same number",
        ReplaceDocumentInput,
        ("document", Document),
        _replace,
        needs=_DESK,
        codes=("FIELDS_MISSING", "CONFLICT"),
    )
    void_document = act(
        "voidDocument",
        "Declare a document void; its number is never used again",
        VoidDocumentInput,
        ("document", Document),
        _void,
        needs=_DESK,
        codes=("CONFLICT",),
    )
