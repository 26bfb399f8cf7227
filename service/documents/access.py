"""Who reads which documents: the rights to a document are those to what it is about."""

from uuid import UUID

from service.documents.kinds import CASE_KINDS, INTERNAL_KINDS, DocumentKind
from tenants.principal import Principal
from tenants.rights import Right, Role, Subject, allows

K = DocumentKind
_SUBJECTS = {K.PLATE: Subject.SETTINGS, K.PLAN_NOTICE: Subject.JOINT_INSPECTION}


def subject_of(kind: DocumentKind) -> Subject:
    """The kind of object that a document of this kind is about."""
    return Subject.CASE if kind in CASE_KINDS else _SUBJECTS.get(kind, Subject.HAZARD)


def may(principal: Principal, kind: DocumentKind, right: Right) -> bool:
    """Whether the principal carries a right to documents of a kind."""
    if principal.role is Role.ENTERPRISE and kind in INTERNAL_KINDS:
        return False
    return allows(principal.role, subject_of(kind), right, capabilities=principal.grants)


def readable(principal: Principal) -> frozenset[DocumentKind]:
    """The kinds that the principal reads; an enterprise of those only its own."""
    return frozenset(kind for kind in DocumentKind if may(principal, kind, Right.READ_OWN))


_OFFICES = frozenset({Role.TENANT_ADMIN, Role.INSPECTOR, Role.DEPARTMENT})


def may_change(principal: Principal, kind: DocumentKind, body_id: UUID) -> bool:
    """Whether the principal may replace or void a document that `body_id` issued.

    Only who issued it may, and a case document only who may write the case.
    """
    home = principal.scope.home
    issuers = {principal.body_id, home.tenant_id if home else None}
    if principal.role not in _OFFICES or body_id not in issuers:
        return False
    return kind not in CASE_KINDS or may(principal, kind, Right.WRITE)
