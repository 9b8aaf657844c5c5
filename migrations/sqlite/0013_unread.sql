-- What is unread is the difference of two numbers: the texts of a room, and those that a member knows, which are the ones up to
-- the read mark and the member's own.
alter table rooms add column texts integer not null default 0;
alter table members add column known_texts integer not null default 0;
-- How many texts the room has up to this line.
alter table messages add column texts integer not null default 0;

update messages set texts = counted.texts
from (select id, sum(kind = 'text') over (partition by room_id order by seq) as texts from messages) as counted
where counted.id = messages.id;

update rooms set texts = coalesce((select m.texts from messages m where m.room_id = rooms.id order by m.seq desc limit 1), 0);

update members set known_texts = coalesce((select m.texts from messages m
    where m.room_id = members.room_id and m.seq <= members.read_seq order by m.seq desc limit 1), 0);

update members set known_texts = known_texts + own.texts
from (select m.room_id, m.author_id, count(*) as texts
    from messages m join members b on b.room_id = m.room_id and b.user_id = m.author_id
    where m.kind = 'text' and m.seq > b.read_seq group by m.room_id, m.author_id) as own
where own.room_id = members.room_id and own.author_id = members.user_id;
