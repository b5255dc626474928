//! The chat page: one document that asks this server and nobody else.
//!
//! Its sources are several files, put together here. Those of the script are one module, so that
//! each sees the names of the others. Whatever a model says becomes text of the document, never
//! markup, and the policy makes sure of that: it names the two elements that may style and run by
//! a random word of each response, and forbids the browser to read a string as HTML.

use axum::response::Response;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};

use super::vault::unguessable;

/// The document, with the names of what is put into it in braces.
const DOCUMENT: &str = include_str!("page/index.html");
const STYLE: &str = concat!(
    include_str!("page/base.css"),
    include_str!("page/turns.css"),
    include_str!("page/layout.css"),
);
const SCRIPT: &str = concat!(
    include_str!("page/dom.js"),
    include_str!("page/store.js"),
    include_str!("page/settings.js"),
    include_str!("page/api.js"),
    include_str!("page/tokens.js"),
    include_str!("page/markdown.js"),
    include_str!("page/words.js"),
    include_str!("page/answer.js"),
    include_str!("page/turns.js"),
    include_str!("page/main.js"),
);

/// The page, which needs no key: it holds nothing of anybody.
pub(super) async fn page() -> Response {
    let nonce = unguessable();
    let mut response = Response::new(document(&nonce).into());
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        // A document that is kept has the word of its own response.
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "same-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy(&nonce)) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn document(nonce: &str) -> String {
    DOCUMENT.replace("{nonce}", nonce).replace("{style}", STYLE).replace("{script}", SCRIPT)
}

fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; \
         connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_one_document_that_reads_no_text_as_markup() {
        let page = document("word");
        for name in ["{nonce}", "{style}", "{script}"] {
            assert!(!page.contains(name), "{name}");
        }
        for absent in
            ["innerHTML", "insertAdjacentHTML", "document.write", "eval(", " src=", "@import"]
        {
            assert!(!page.contains(absent), "{absent}");
        }
        assert_eq!(page.matches("nonce=\"word\"").count(), 2);
        // What ends the script anywhere else would end it there.
        assert_eq!((page.matches("<script").count(), page.matches("</script").count()), (1, 1));
    }
}
