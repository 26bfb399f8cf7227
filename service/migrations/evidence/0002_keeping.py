from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tenants.ids import new_id
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

KEEPING = """
alter table evidence_items drop constraint evidence_items_state_check;
alter table evidence_items add constraint evidence_items_state_check check (state in
    ('PENDING', 'UPLOADED', 'VERIFYING', 'SEALED', 'QUARANTINED', 'ABANDONED', 'DESTROYED'));
alter table evidence_items drop constraint evidence_items_decided;
alter table evidence_items add constraint evidence_items_decided check (
    (state in ('SEALED', 'QUARANTINED', 'ABANDONED', 'DESTROYED')) = (decided_at is not null));
alter table evidence_items drop constraint evidence_items_reason;
alter table evidence_items add constraint evidence_items_reason
    check (state = 'DESTROYED' or (state = 'QUARANTINED') = (reason <> ''));

-- What is sealed stays as it was sealed.  A hold may be set or lifted, and what is not held may be
-- destroyed when its term is over; what was destroyed never comes back.
create or replace function app.keep_sealed_evidence() returns trigger language plpgsql as $$
begin
    if old.state = 'DESTROYED' or (old.state = 'SEALED' and tg_op = 'DELETE') then
        raise exception 'sealed evidence does not change' using errcode = 'restrict_violation';
    end if;
    if old.state = 'SEALED' and new.state = 'DESTROYED' and not old.legal_hold
        and to_jsonb(new) - 'state' = to_jsonb(old) - 'state' then
        return new;
    end if;
    if old.state = 'SEALED'
        and to_jsonb(new) - 'legal_hold' <> to_jsonb(old) - 'legal_hold' then
        raise exception 'sealed evidence does not change' using errcode = 'restrict_violation';
    end if;
    return case tg_op when 'DELETE' then old else new end;
end $$;
create index evidence_items_sealed on evidence_items (tenant_id, decided_at, id)
    where state = 'SEALED' and not legal_hold;

select app.protect('evidence_holds');
alter table evidence_holds add foreign key (tenant_id, evidence_id)
    references evidence_items (tenant_id, id);
create unique index evidence_holds_one on evidence_holds (tenant_id, evidence_id)
    where lifted_at is null;
alter table evidence_holds add check ((lifted_at is null) = (lifted_by = ''));
revoke delete on evidence_holds from anshang_app;

select app.protect('evidence_closures');
alter table evidence_closures add constraint evidence_closures_one
    unique (tenant_id, subject_kind, subject_id);

select app.protect('evidence_usage');
alter table evidence_usage add constraint evidence_usage_one unique (tenant_id);
alter table evidence_usage add check (byte_length >= 0 and pieces >= 0);

select app.protect('evidence_timestamps');
alter table evidence_timestamps add foreign key (tenant_id, evidence_id)
    references evidence_items (tenant_id, id);
alter table evidence_timestamps add constraint evidence_timestamps_one
    unique (tenant_id, evidence_id);
revoke update, delete on evidence_timestamps from anshang_app;

select app.protect('evidence_blurred_copies');
alter table evidence_blurred_copies add foreign key (tenant_id, evidence_id)
    references evidence_items (tenant_id, id);
alter table evidence_blurred_copies add constraint evidence_blurred_copies_version
    unique (tenant_id, evidence_id, version);
revoke update, delete on evidence_blurred_copies from anshang_app;

-- Rows written before there was a counter; the owner's own eyes are bound by row security too.
alter table evidence_items no force row level security;
alter table evidence_usage no force row level security;
insert into evidence_usage (id, tenant_id, district_id, byte_length, pieces)
    select distinct on (e.tenant_id) e.tenant_id, e.tenant_id, t.district_id,
        sum(e.byte_length) over (partition by e.tenant_id),
        count(*) over (partition by e.tenant_id)
    from evidence_items e join tenants t on t.id = e.tenant_id
    where e.state not in ('ABANDONED', 'DESTROYED');
alter table evidence_items force row level security;
alter table evidence_usage force row level security;
"""


class Migration(migrations.Migration):
    dependencies = [('evidence', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='BlurredCopy',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('evidence_id', fields.UUIDField()),
                ('version', fields.IntField()),
                ('rectangles', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('byte_length', fields.IntField()),
                ('sha256', fields.CharField(max_length=64)),
                ('made_by', fields.CharField(max_length=120)),
                ('made_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'evidence_blurred_copies', 'app': 'evidence', 'pk_attr': 'id', 'table_description': 'Copy of a photo for the public, with rectangles that a person drew filled in.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='EvidenceClosure',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('subject_kind', fields.CharField(max_length=16)),
                ('subject_id', fields.UUIDField()),
                ('closed_on', fields.DateField()),
            ],
            options={'table': 'evidence_closures', 'app': 'evidence', 'pk_attr': 'id', 'table_description': 'Day on which the case that evidence belongs to ended, from which its term runs.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='EvidenceHold',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('evidence_id', fields.UUIDField()),
                ('reason', fields.CharField(max_length=400)),
                ('placed_by', fields.CharField(max_length=120)),
                ('placed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('lift_reason', fields.CharField(default='', max_length=400)),
                ('lifted_by', fields.CharField(default='', max_length=120)),
                ('lifted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'evidence_holds', 'app': 'evidence', 'pk_attr': 'id', 'table_description': 'Order that a piece of evidence is kept whatever its term, until it is lifted.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='EvidenceTimestamp',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('evidence_id', fields.UUIDField()),
                ('authority', fields.CharField(max_length=300)),
                ('stamped_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('token', fields.BinaryField()),
            ],
            options={'table': 'evidence_timestamps', 'app': 'evidence', 'pk_attr': 'id', 'table_description': 'Token of a time-stamping authority over the digest of a piece of evidence.'},
            bases=['TenantOwned'],
        ),
        ops.CreateModel(
            name='EvidenceUsage',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('district_id', fields.UUIDField()),
                ('byte_length', fields.BigIntField(default=0)),
                ('pieces', fields.BigIntField(default=0)),
            ],
            options={'table': 'evidence_usage', 'app': 'evidence', 'pk_attr': 'id', 'table_description': 'Bytes that the evidence of one tenant occupies or has announced.'},
            bases=['TenantOwned'],
        ),
        ops.RunSQL(KEEPING),
    ]
