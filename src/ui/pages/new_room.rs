//! `/rooms/new`.

use leptos::prelude::*;

use crate::{
    api::rooms::CreateRoom,
    ui::{
        components::{
            field::{Field, FieldKind},
            form_error::FormError,
            page_title::PageTitle,
            post_form::PostForm,
            room_header::PaneHeader,
        },
        language::language,
        state::form::FormState,
    },
    words::td_string,
};

#[component]
pub fn NewRoomPage() -> impl IntoView {
    let locale = language();
    let form = FormState::of::<CreateRoom>();
    view! {
        <PageTitle text=Signal::derive(move || td_string!(locale, room.new).to_owned()) />
        <PaneHeader>
            <div class="pane-title"><h1>{td_string!(locale, room.new)}</h1></div>
        </PaneHeader>
        <div class="pane-body">
            <PostForm form=form class="form narrow">
                <Fields form />
                <FormError error=form.error() fields=&["name", "topic", "password"] />
                <button class="button primary" disabled=form.pending()>{td_string!(locale, room.create)}</button>
            </PostForm>
        </div>
    }
}

#[component]
fn Fields(form: FormState) -> impl IntoView {
    let locale = language();
    view! {
        <Field
            name="name"
            label=td_string!(locale, field.room_name)
            kind=FieldKind::required("text", "off")
            reason=form.reason("name")
            value=form.value("name")
            hint=td_string!(locale, hint.room_name)
        />
        <Field
            name="topic"
            label=td_string!(locale, field.topic)
            kind=FieldKind::optional("text", "off")
            reason=form.reason("topic")
            value=form.value("topic")
        />
        <Field
            name="password"
            label=td_string!(locale, field.room_password)
            kind=FieldKind::optional("password", "new-password")
            reason=form.reason("password")
            hint=td_string!(locale, hint.room_password)
        />
    }
}
