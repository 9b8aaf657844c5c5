-- An account may be no person, and may lack an e-mail address and a password.

alter table users add column kind text not null default 'person',
    add constraint users_kind_check check (kind in ('person', 'bot', 'visitor', 'deleted')),
    alter column email drop not null,
    alter column password_hash drop not null;

-- Nothing ever wrote or read it.
alter table rooms drop column changed_seq;
