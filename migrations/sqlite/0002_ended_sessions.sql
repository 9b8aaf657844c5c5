-- Sessions that somebody ended, for an hour: every server closes their live connections, whichever process ended them.

create table ended_sessions (
    id text not null,
    at integer not null,
    constraint ended_sessions_pkey primary key (id)
) strict, without rowid;

create index ended_sessions_at_idx on ended_sessions (at);
