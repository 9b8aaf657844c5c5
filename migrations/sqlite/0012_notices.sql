-- A system line is data: who did what to whom. Its words are made where it is shown, in the reader's language.
alter table messages add column by_id integer references users (id);
update messages set text = '', html = '' where kind = 'system';
