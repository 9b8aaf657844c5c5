//! `/rooms/new`.

use leptos::prelude::*;

use crate::{
    api::rooms::CreateRoom,
    ui::{
        components::{
            field::{Field, FieldKind},
            form_error::FormError,
            page_title::PageTitle,
            room_header::PaneHeader,
        },
        i18n::{t, t_string},
        state::form::FormState,
        words::language,
    },
};

#[component]
pub fn NewRoomPage() -> impl IntoView {
    let i18n = language();
    let form = FormState::<CreateRoom>::new();
    view! {
        <PageTitle text=Signal::derive(move || t_string!(i18n, room.new).to_owned()) />
        <PaneHeader>
            <div class="pane-title"><h1>{t!(i18n, room.new)}</h1></div>
        </PaneHeader>
        <div class="pane-body">
            <ActionForm action=form.action attr:class="form narrow" attr:novalidate=true>
                <Fields form />
                <FormError error=form.error() fields=&["name", "topic", "password"] />
                <button class="button primary" disabled=form.pending()>{t!(i18n, room.create)}</button>
            </ActionForm>
        </div>
    }
}

#[component]
fn Fields(form: FormState<CreateRoom>) -> impl IntoView {
    let i18n = language();
    view! {
        <Field
            name="name"
            label=Signal::derive(move || t_string!(i18n, field.room_name))
            kind=FieldKind::required("text", "off")
            reason=form.reason("name")
            value=form.value("name")
            hint=Signal::derive(move || t_string!(i18n, hint.room_name))
        />
        <Field
            name="topic"
            label=Signal::derive(move || t_string!(i18n, field.topic))
            kind=FieldKind::optional("text", "off")
            reason=form.reason("topic")
            value=form.value("topic")
        />
        <Field
            name="password"
            label=Signal::derive(move || t_string!(i18n, field.room_password))
            kind=FieldKind::optional("password", "new-password")
            reason=form.reason("password")
            hint=Signal::derive(move || t_string!(i18n, hint.room_password))
        />
    }
}
