-- What must happen elsewhere after a commit, such as a mail: a row of that very commit. Whoever takes one moves
-- `due_at` to the end of the lease; what was given up has `failed_at`.
create table outbox (
    id integer not null,
    kind text not null,
    body text not null,
    created_at integer not null,
    due_at integer not null,
    attempts integer not null default 0,
    error text,
    failed_at integer,
    constraint outbox_pkey primary key (id)
) strict;

create index outbox_due_idx on outbox (due_at) where failed_at is null;
