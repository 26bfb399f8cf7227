"""Every verb of SQL tried on one table by one session, and what each must answer."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from tests.isolation import model
from tests.isolation.catalogue import Reference, Relation
from tests.isolation.population import (
    VICTIM,
    Population,
    Row,
    insertion,
    invented,
    literal,
    value,
    values,
)
from tests.isolation.sessions import OWNER, RELAY, Session
from tests.isolation.statements import Attack, Verdict, fails, says, shows, tagged

DENIED = "42501"
FOREIGN_KEY = "23503"
NOT_WITH_POLICIES = "0A000"
MARK = "\ue000"


@dataclass
class Assault:
    """All attacks of one session on one table."""

    relation: Relation
    population: Population
    session: Session

    def __post_init__(self) -> None:
        self.table = f'"{self.relation.name}"'
        rows = self.population.rows[self.relation.name]
        target = VICTIM.name if VICTIM.name in rows else next(iter(rows))
        self.victim: Row = rows[target]
        home = self.session.home
        self.own = self.population.row(self.relation, home) if home else None
        if self.own is not None and not model.writable(self.relation, self.own, self.scope):
            self.own = None
        relay = self.session.role == RELAY
        self.all_seen = relay and "relay" in self.relation.policies
        self.visible = model.visible(self.relation, self.population, self.scope)
        self.changeable = model.changeable(self.relation, self.population, self.scope)
        if self.all_seen:
            self.visible = sorted(self.population.present(self.relation))
        self.bound = {"tenant_id", "district_id"} | {
            c for reference in self.relation.references for c in reference.columns
        }
        self.victim_seen = target in self.visible
        self.may_write_victim = model.writable(self.relation, self.victim, self.scope)
        self.may_insert_victim = model.insertable(self.relation, self.victim, self.scope)

    @property
    def scope(self) -> model.Scope:
        """What the session's words are worth."""
        return self.session.scope

    def granted(self, right: str) -> bool:
        """Whether the role holds a right to the table."""
        return self.session.role == OWNER or self.relation.granted(self.session.role, right)

    def foreign(self) -> set[str]:
        """Canaries that this session must never meet."""
        return {
            mark
            for mark, (table, place) in self.population.marks.items()
            if table == self.relation.name and place not in self.visible
        }

    def attacks(self) -> Iterator[Attack]:
        """Reading first, then what would change something."""
        yield from self._readings()
        yield from self._locks()
        if self.all_seen:
            yield Attack("DELETE", f"delete from {self.table}", fails(DENIED), "execute")
        if self.all_seen or self.may_write_victim:
            return
        if not self.may_insert_victim:
            yield from self._insertions()
        yield from self._updates()
        yield from self._merges()
        yield from self._references()
        yield from self._own_row()
        yield from self._deletions()
        if self.may_insert_victim:
            left = insertion(self.relation, self._renewed(self.victim, "left with the victim"))
            yield Attack("INSERT allowed", left, tagged("INSERT 0 1"), "execute")

    def _guard(self, right: str, verdict: Verdict) -> Verdict:
        return verdict if self.granted(right) else fails(DENIED)

    def _theirs(self, alias: str = "t") -> str:
        """A condition that names the victim's row by its key."""
        kinds = self.relation.columns
        return " and ".join(
            f'{alias}."{c}" = {literal(self.victim[c], kinds[c].type)}' for c in self.relation.key
        )

    def _copied(self, **changes: str | None) -> Row:
        """The victim's row with other values."""
        return {**self.victim, **changes}

    def _readings(self) -> Iterator[Attack]:
        t, n = self.table, len(self.visible)
        seen = self._guard("SELECT", shows(n))
        yield Attack("SELECT", f"select t::text from {t} t", seen)
        yield Attack(
            "count", f"select count(*)::text from {t}", self._guard("SELECT", says(str(n)))
        )
        yield Attack(
            "join",
            f"select b::text from {t} a right join {t} b on b.ctid = a.ctid"
            f" left join tenants c on c.id::text = b.ctid::text",
            self._guard("SELECT", shows(n)) if self.session.role != RELAY else fails(DENIED),
        )
        theirs = self._guard("SELECT", shows(int(self.victim_seen)))
        yield Attack("SELECT by key", f"select t::text from {t} t where {self._theirs()}", theirs)
        # Were the victim's row ever tested, the failing cast would print it.
        oracle = (
            f"select 1 from {t} t where case when {self._visible_rows()} then false"
            " else t::text::int = 0 end"
        )
        yield Attack("error as an oracle", oracle, self._guard("SELECT", shows(0)))
        copied = self._guard("SELECT", lambda o: not o.error and o.tag == f"COPY {n}")
        yield Attack("COPY TO", f"copy {t} to stdout", copied, "copy_to")
        yield Attack("COPY query TO", f"copy (select * from {t}) to stdout", copied, "copy_to")

    def _visible_rows(self) -> str:
        rows = self.population.rows[self.relation.name]
        kinds = self.relation.columns
        mine = [
            " and ".join(
                f't."{c}" = {literal(rows[p][c], kinds[c].type)}' for c in self.relation.key
            )
            for p in self.visible
        ]
        return " or ".join(f"({one})" for one in mine) or "false"

    def _locks(self) -> Iterator[Attack]:
        t = self.table
        granted = self.session.role == OWNER or self.relation.granted_somewhere(
            self.session.role, "UPDATE"
        )
        both = sorted(set(self.changeable) & set(self.visible))
        rows = len(self.visible) if self.all_seen else len(both)
        verdict = shows(rows) if granted and self.granted("SELECT") else fails(DENIED)
        yield Attack("SELECT FOR UPDATE", f"select t::text from {t} t for update", verdict)
        if self.session.role != OWNER:
            yield Attack("TRUNCATE", f"truncate {t} cascade", fails(DENIED), "execute")
            for mode in ("access share", "access exclusive"):
                # Whoever may write a table may lock it; a lock tells and changes nothing.
                yield Attack(
                    f"LOCK {mode}",
                    f"lock table {t} in {mode} mode nowait",
                    tagged("LOCK TABLE") if self._may_lock(mode) else fails(DENIED),
                    "execute",
                )

    def _may_lock(self, mode: str) -> bool:
        rights = ["UPDATE", "DELETE", "TRUNCATE", "MAINTAIN"]
        if mode == "access share":
            rights += ["SELECT", "INSERT"]
        return any(self.granted(right) for right in rights)

    def _insertions(self) -> Iterator[Attack]:
        fresh = {self.relation.key[-1]: str(invented(f"fresh {self.relation.name}"))}
        row = (
            self._copied(**fresh)
            if self.relation.columns[self.relation.key[-1]].type == "uuid"
            else self.victim
        )
        denied = fails(DENIED)
        yield Attack("INSERT", insertion(self.relation, row), denied, "execute")
        yield Attack("INSERT the same", insertion(self.relation, self.victim), denied, "execute")
        returning = insertion(self.relation, row, "returning *")
        yield Attack("INSERT RETURNING", returning, denied)
        key = ", ".join(f'"{c}"' for c in self.relation.key)
        column = f'"{self.relation.key[0]}"'
        for action in ("nothing", f"update set {column} = excluded.{column}"):
            sql = insertion(self.relation, self.victim, f"on conflict ({key}) do {action}")
            yield Attack(f"ON CONFLICT DO {action[:7]}", sql, denied, "execute")
        yield Attack(
            "COPY FROM",
            "\t".join("\\N" if v is None else v.replace("\\", "\\\\") for v in row.values()),
            fails(DENIED, NOT_WITH_POLICIES),
            "copy_from",
        )

    def _updates(self) -> Iterator[Attack]:
        t, column = self.table, f'"{self.relation.key[0]}"'
        none, mine = self._guard("UPDATE", tagged("UPDATE 0")), len(self.changeable)
        where = f"where {self._theirs()}"
        yield Attack("UPDATE", f"update {t} t set {column} = {column} {where}", none, "execute")
        yield Attack(
            "UPDATE RETURNING",
            f"update {t} t set {column} = {column} {where} returning t::text",
            self._guard("UPDATE", shows(0)),
        )
        yield Attack(
            "UPDATE all",
            f"update {t} set {column} = {column}",
            self._guard("UPDATE", tagged(f"UPDATE {mine}")),
            "execute",
        )
        if "tenant_id" in self.relation.columns:
            theirs = literal(str(VICTIM.owner.tenant_id), "uuid")
            yield Attack(
                "UPDATE tenant_id",
                f"update {t} set tenant_id = {theirs}",
                self._guard("UPDATE", fails(DENIED) if mine else none),
                "execute",
            )

    def _merges(self) -> Iterator[Attack]:
        t, column = self.table, f'"{self.relation.key[0]}"'
        names = ", ".join(f'"{c}"' for c in self.victim)
        source = f"merge into {t} t using (select 1) s on {self._theirs()}"
        allowed = self.granted("UPDATE") and self.granted("SELECT") and not self.victim_seen
        yield Attack(
            "MERGE update",
            f"{source} when matched then update set {column} = t.{column}",
            tagged("MERGE 0") if allowed else fails(DENIED),
            "execute",
        )
        allowed = self.granted("DELETE") and self.granted("SELECT") and not self.victim_seen
        yield Attack(
            "MERGE delete",
            f"{source} when matched then delete",
            tagged("MERGE 0") if allowed else fails(DENIED),
            "execute",
        )
        filled = values(self.relation, self.victim)
        # The directory lets a neighbour see the row, and then there is nothing to insert.
        seen = self.victim_seen and self.granted("SELECT")
        yield Attack(
            "MERGE insert",
            f"{source} when not matched then insert ({names}) values ({filled})",
            tagged("MERGE 0") if seen and self.granted("INSERT") else fails(DENIED),
            "execute",
        )

    def _references(self) -> Iterator[Attack]:
        """Own rows that point at the victim's parents."""
        if self.own is None:
            return
        for reference in self.relation.references:
            pointed = self._pointing(reference)
            if pointed is not None:
                # A key of references alone is taken by the session's own row, which it may learn.
                keys = [
                    unique.columns
                    for unique in self.relation.uniques
                    if unique.kind != "p"
                    and set(unique.columns) <= self.bound
                    and not set(unique.columns) & set(reference.columns) - {"tenant_id"}
                ]
                taken = bool(keys)
                verdict = fails(FOREIGN_KEY, "23505") if taken else fails(FOREIGN_KEY)
                yield Attack(
                    f"INSERT by {reference.name}",
                    insertion(self.relation, pointed),
                    self._guard("INSERT", verdict),
                    "execute",
                )
                spare = {c for key in keys for c in key if not self.relation.columns[c].required}
                if spare:  # a row that leaves the key out meets the reference itself
                    yield Attack(
                        f"INSERT by {reference.name} without its key",
                        insertion(self.relation, pointed | dict.fromkeys(spare)),
                        self._guard("INSERT", fails(FOREIGN_KEY)),
                        "execute",
                    )
                elif taken:  # and otherwise the session's own row is bent
                    yield Attack(
                        f"INSERT by {reference.name} as UPDATE",
                        self._bent(reference, pointed),
                        self._guard("UPDATE", lambda o: bool(o.error)),
                        "execute",
                    )

    def _bent(self, reference: Reference, pointed: Row) -> str:
        """An UPDATE that lets the session's own row point where `pointed` does."""
        assert self.own is not None
        columns, own = self.relation.columns, self.own
        changes = ", ".join(
            f'"{c}" = {literal(pointed[c], columns[c].type)}'
            for c in reference.columns
            if c not in {"tenant_id", "district_id"}
        )
        mine = " and ".join(
            f'"{c}" = {literal(own[c], columns[c].type)}' for c in self.relation.key
        )
        return f"update {self.table} set {changes} where {mine}"

    def _pointing(self, reference: Reference) -> Row | None:
        pointers = [c for c in reference.columns if c not in {"tenant_id", "district_id"}]
        parent = self.population.relations.get(reference.parent)
        if self.own is None or parent is None or not pointers:
            return None
        theirs = self.population.row(parent, VICTIM)
        if theirs is None:
            return None
        pairs = dict(zip(reference.columns, reference.parent_columns, strict=True))
        row = self._renewed(self.own, f"pointing {reference.name}")
        row |= {c: theirs[pairs[c]] for c in pointers}
        return row

    def _renewed(self, row: Row, name: str) -> Row:
        """The row with other values wherever nothing refers to another row."""
        number = 10_000 + zlib.crc32(f"{name} {self.relation.name}".encode()) % 10_000
        return {
            column: old
            if column in self.bound or column in self.relation.choices
            else value(self.relation.columns[column], number, MARK)
            for column, old in row.items()
        }

    def _own_row(self) -> Iterator[Attack]:
        """A row of its own with the victim's keys must not learn that they are taken."""
        if self.own is None or not self.relation.tenant_owned:
            return
        twin = {c: self.own[c] if c in self.bound else v for c, v in self.victim.items()}
        certain, possible = self._clashes(twin)
        verdict = fails("23505", "23P01") if certain else tagged("INSERT 0 1")
        if possible and not certain:
            verdict = lambda o: o.tag == "INSERT 0 1" or o.error in {"23505", "23P01"}  # noqa: E731
        yield Attack(
            "INSERT own with their keys",
            insertion(self.relation, twin),
            self._guard("INSERT", verdict),
            "execute",
        )

    def _clashes(self, twin: Row) -> tuple[bool, bool]:
        """Whether the twin repeats a key of the session's own row: surely, or perhaps."""
        assert self.own is not None
        own = self.own
        repeated = [
            unique
            for unique in self.relation.uniques
            if all(c not in twin or (twin[c] == own[c] and twin[c]) for c in unique.columns)
        ]
        plain = [u for u in repeated if u.kind in "pu" and all(c in twin for c in u.columns)]
        return bool(plain), bool(repeated)

    def _deletions(self) -> Iterator[Attack]:
        t, mine = self.table, len(self.changeable)
        where = f"where {self._theirs()}"
        yield Attack(
            "DELETE",
            f"delete from {t} t {where}",
            self._guard("DELETE", tagged("DELETE 0")),
            "execute",
        )
        yield Attack(
            "DELETE RETURNING",
            f"delete from {t} t {where} returning t::text",
            self._guard("DELETE", shows(0)),
        )
        if not mine:
            yield Attack(
                "DELETE all",
                f"delete from {t}",
                self._guard("DELETE", tagged("DELETE 0")),
                "execute",
            )
