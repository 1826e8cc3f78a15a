//! Refused uploads.

use serde_json::json;
use wp_client::{Client, Error, ErrorKind, Multipart, UploadRefusalKind as Kind};
use wp_http::conformance::{Server, response};

use crate::transports;

fn form() -> Multipart {
    Multipart::new().file("file", "dune.jpg", "image/jpeg", "not much of a picture")
}

async fn by_form(wp: &Client) -> Error {
    wp.post("/wp/v2/media").multipart(form()).await.unwrap_err()
}

async fn as_it_is(wp: &Client) -> Error {
    let request = wp.post("/wp/v2/media").header("content-disposition", "attachment; filename=\"dune.jpg\"");
    request.body("image/jpeg", "not much of a picture").await.unwrap_err()
}

fn said(status: u16, code: &str, message: &str) -> Vec<u8> {
    let body = json!({"code": code, "message": message, "data": {"status": status}});
    response(&format!("{status} Whatever\r\ncontent-type: application/json; charset=UTF-8"), body.to_string())
}

const UNKNOWN: &str = "rest_upload_unknown_error";
const SIDELOAD: &str = "rest_upload_sideload_error";
const EMPTY: &str = "File is empty. Please upload something more substantial. This error could also be caused by \
    uploads being disabled in your php.ini file or by post_max_size being defined as smaller than upload_max_filesize \
    in php.ini.";

/// By a form or as it is, the response, and what it comes to.
type Row = (bool, Vec<u8>, Kind, Option<&'static str>, Option<u64>);

/// What WordPress was seen to say (6.5), and what of it is in its translations.
#[rustfmt::skip]
fn rows() -> Vec<Row> {
    let warned = b"<br />\n<b>Warning</b>:  PHP Request Startup: POST Content-Length of 9500207 bytes exceeds the limit of \
        8388608 bytes in <b>Unknown</b> on line <b>0</b><br />\n";
    let dropped = said(400, "rest_upload_no_content_disposition", "No Content-Disposition supplied.");
    let with_warning = {
        let body = json!({"code": "rest_upload_no_content_disposition", "message": "No Content-Disposition supplied.", "data": {"status": 400}});
        response(
            "400 Bad Request\r\ncontent-type: application/json",
            [&warned[..], body.to_string().as_bytes()].concat(),
        )
    };
    let without_the_file = {
        let body = json!({"code": "rest_missing_callback_param", "message": "Missing parameter(s): file", "data": {"status": 400, "params": ["file"]}});
        response(
            "400 Bad Request\r\ncontent-type: text/html; charset=UTF-8",
            [&warned[..], body.to_string().as_bytes()].concat(),
        )
    };
    vec![
        (true, said(500, UNKNOWN, "The uploaded file exceeds the upload_max_filesize directive in php.ini."), Kind::TooLarge, Some("upload_max_filesize"), None),
        (true, said(500, UNKNOWN, "Die Datei übersteigt die Größe, die <code>upload_max_filesize</code> in der php.ini erlaubt."), Kind::TooLarge, Some("upload_max_filesize"), None),
        (true, said(500, UNKNOWN, "The uploaded file exceeds the MAX_FILE_SIZE directive that was specified in the HTML form."), Kind::TooLarge, Some("MAX_FILE_SIZE"), None),
        (true, dropped.clone(), Kind::TooLarge, Some("post_max_size"), None),
        (true, without_the_file, Kind::TooLarge, Some("post_max_size"), Some(8_388_608)),
        (true, said(400, "rest_upload_image_type_not_supported", "The web server cannot generate responsive image sizes for this image."), Kind::Type, None, None),
        (true, with_warning, Kind::TooLarge, Some("post_max_size"), Some(8_388_608)),
        (true, said(400, "rest_upload_file_too_big", "This file is too big. Files must be less than 1500 KB in size."), Kind::TooLarge, Some("fileupload_maxk"), Some(1_536_000)),
        (true, said(400, "rest_upload_limited_space", "Not enough space to upload. 20 KB needed."), Kind::NoSpace, Some("blog_upload_space"), None),
        (true, said(400, "rest_upload_user_quota_exceeded", "You have used your space quota."), Kind::NoSpace, Some("blog_upload_space"), None),
        (true, said(500, UNKNOWN, "Sorry, you are not allowed to upload this file type."), Kind::Type, None, None),
        (false, said(500, SIDELOAD, "Sorry, you are not allowed to upload this file type."), Kind::Type, None, None),
        (true, said(500, UNKNOWN, EMPTY), Kind::Empty, None, None),
        (true, said(500, UNKNOWN, "Das Dokument ist leer (upload_max_filesize, post_max_size)."), Kind::Empty, None, None),
        (false, said(500, SIDELOAD, EMPTY), Kind::Empty, None, None),
        (false, said(400, "rest_upload_no_data", "No data supplied."), Kind::Empty, None, None),
        (true, said(400, "rest_upload_no_data", "No data supplied."), Kind::NoFile, Some("file_uploads"), None),
        (true, said(500, UNKNOWN, "Specified file failed upload test."), Kind::NoFile, None, None),
        (false, dropped, Kind::NoFile, None, None),
        (false, said(400, "rest_upload_invalid_disposition", "Invalid Content-Disposition supplied."), Kind::NoFile, None, None),
        (false, said(412, "rest_upload_hash_mismatch", "Content hash did not match expected."), Kind::Damaged, None, None),
        (true, said(500, UNKNOWN, "The uploaded file was only partially uploaded."), Kind::Damaged, None, None),
        (true, said(500, UNKNOWN, "Missing a temporary folder."), Kind::NotStored, Some("upload_tmp_dir"), None),
        (true, said(500, UNKNOWN, "Failed to write file to disk."), Kind::NotStored, None, None),
        (false, said(500, SIDELOAD, "The uploaded file could not be moved to wp-content/uploads/2024/01."), Kind::NotStored, None, None),
        (false, said(500, SIDELOAD, "Datei konnte nicht gespeichert werden."), Kind::Other, None, None),
        (true, response("404 Not Found\r\ncontent-type: text/html", "<html><h3>HTTP Error 404.13 - Not Found</h3></html>"), Kind::TooLarge, None, None),
        (true, response("413 Request Entity Too Large\r\ncontent-type: text/html", "<html><h1>413 Request Entity Too Large</h1></html>"), Kind::TooLarge, None, None),
        (false, response("413 Request Entity Too Large\r\ncontent-type: text/html", "<html><h1>413 Request Entity Too Large</h1></html>"), Kind::TooLarge, None, None),
    ]
}

#[tokio::test]
async fn upload_refusal_has_its_reason_and_is_not_in_doubt() {
    for (is_form, raw, kind, setting, limit) in rows() {
        let server = Server::responding(raw).unwrap();
        for (name, transport) in transports() {
            let wp = Client::builder(server.url()).transport(transport).build().unwrap();
            let error = if is_form { by_form(&wp).await } else { as_it_is(&wp).await };
            let refusal = error.upload_refusal().unwrap_or_else(|| panic!("{name}: {error:?}"));
            assert_eq!(
                (refusal.kind, refusal.setting, refusal.limit),
                (kind, setting, limit),
                "{name}: {error}"
            );
            assert!(!error.may_have_happened() && !error.is_retryable(), "{name}: {error}");
            assert_eq!(error.is_too_large(), kind == Kind::TooLarge, "{name}: {error}");
            assert!(
                error.hint().is_some() || matches!(kind, Kind::Other) || setting == Some("MAX_FILE_SIZE"),
                "{name}: {error}"
            );
            for named in
                [setting.map(str::to_owned), limit.map(|limit| limit.to_string())].into_iter().flatten()
            {
                assert!(error.to_string().contains(&named), "{name}: {error}");
            }
        }
        assert_eq!(server.arrivals().len(), 2, "{kind:?}: it was sent again");
    }
}

/// A page that says 500, a fatal error, a code of something else: WordPress may have stored the file before it.
#[tokio::test]
async fn upload_failure_that_is_not_a_refusal_is_in_doubt() {
    for raw in [
        response("500 Oops\r\ncontent-type: text/html", "<html>500</html>"),
        said(500, "internal_server_error", "There has been a critical error on this website."),
        said(500, "rest_uploads_unknown", "upload_max_filesize"),
        said(500, "db_insert_error", "Could not insert attachment into the database."),
        response("504 Gateway Time-out\r\ncontent-type: text/html", "<html>504</html>"),
    ] {
        let server = Server::responding(raw).unwrap();
        for (name, transport) in transports() {
            let wp = Client::builder(server.url()).transport(transport).build().unwrap();
            for error in [by_form(&wp).await, as_it_is(&wp).await] {
                assert!(error.upload_refusal().is_none() && error.may_have_happened(), "{name}: {error:?}");
            }
        }
    }
    // Nor is what has nothing to do with files.
    let server =
        Server::responding(response("413 Too Large\r\ncontent-type: text/html", "<html>413</html>")).unwrap();
    for (name, transport) in transports() {
        let wp = Client::builder(server.url()).transport(transport).build().unwrap();
        let error = wp.post("/wp/v2/posts").json(&json!({"title": "long"})).await.unwrap_err();
        assert!(
            error.upload_refusal().is_none() && error.is_too_large() && !error.may_have_happened(),
            "{name}"
        );
    }
    let server = Server::responding(said(403, "rest_cannot_create", "Sorry.")).unwrap();
    for (name, transport) in transports() {
        let wp = Client::builder(server.url()).transport(transport).build().unwrap();
        let error = by_form(&wp).await;
        assert!(
            error.upload_refusal().is_none() && matches!(error.kind(), ErrorKind::Api(_)),
            "{name}: {error:?}"
        );
    }
}
