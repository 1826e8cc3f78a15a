//! The remedies for each cause. Each was tested on a server that had the fault. The least invasive one comes first.

use super::Cause;

/// The properties of the server that the remedy depends on.
pub(super) struct Server<'a> {
    /// The `Server` header.
    pub(super) name: &'a str,
    /// Whether the plugin reads the header under one name only: API Bearer Auth, miniOrange.
    pub(super) reads_one_name: bool,
    /// Whether the client sends the host's own password in `Authorization`.
    pub(super) has_host_password: bool,
}

#[expect(clippy::too_many_lines, reason = "a table of texts")]
pub(super) fn remedy(cause: Cause, server: &Server<'_>) -> Option<String> {
    let text = match cause {
        Cause::HeaderLost => return Some(header_lost(server)),
        Cause::HeaderRenamed => HEADER_RENAMED,
        Cause::HeaderTakenByHost => return Some(header_taken_by_host(server)),
        Cause::NotSeen => return Some(not_seen(server)),
        Cause::HostPassword if server.has_host_password => {
            "check the user and the password for `ClientBuilder::host_password`"
        }
        Cause::Unreachable => "check the address and the network",
        Cause::Tls => {
            "for a private certificate authority: add its certificate (`ConnectOptions::root_certificates`), or \
             install it in this system's store\n\
             for another fault of the certificate (its dates, its name, its kind): contact the hosting provider\n\
             if the error does not mention a certificate: the port speaks plain http, use http://"
        }
        Cause::Exposed => "use https; on a network that you trust, `ClientBuilder::allow_plain_http`",
        Cause::Redirected => "use the address that the site redirects to",
        Cause::HostPassword => {
            "set the host's own user and password with `ClientBuilder::host_password`, send the token in another \
             header (`in_header`), and configure the web server to pass that one to PHP\n\
             or ask the hosting provider to turn the password off for /wp-json/"
        }
        Cause::Firewall => {
            "ask the hosting provider to allow the API: with ModSecurity's core rules, their exclusions for \
             WordPress and the methods PUT, PATCH and DELETE\n\
             if only the sign-in is refused: use another password, without quotes"
        }
        Cause::QueryIgnored => crate::error::hint::QUERY_IGNORED,
        Cause::Unavailable => {
            "try again later; the file `.maintenance` in the site's directory may be left over from a failed update"
        }
        Cause::ServerError => "see the server's error log; the cause is usually a plugin or the database",
        Cause::NoApi => {
            "check the address, its scheme and its port; a plugin may have turned the API off, or a login is in \
             front of it"
        }
        Cause::NotInstalled => {
            "finish the installation of WordPress in a browser\n\
             if it was installed: ask the hosting provider to check its database and the prefix of its tables in \
             wp-config.php"
        }
        Cause::Noise => {
            "turn `display_errors` off (WP_DEBUG_DISPLAY in wp-config.php); this client skips the other output"
        }
        Cause::OtherScheme => {
            "use the scheme in the site's settings, or correct the address there: tokens contain it"
        }
        Cause::OtherSite => "check the address: another site responds at it",
        Cause::Clock => {
            "set the clock of the server or of this machine; this client counts the lifetime of a token from when \
             it received it"
        }
        Cause::NoIdentity => "build the client with `auth`",
        Cause::NotOffered => {
            "install and activate the plugin, or use the provider for the plugin that the site has"
        }
        Cause::Misconfigured => {
            "the plugin's secret or another setting is missing: see its settings, or its documentation about \
             wp-config.php"
        }
        Cause::ClosedLogin => {
            "use the exact address in the site's settings, including host and port, with pretty permalinks\n\
             or, on nginx and with a port in the address: `fastcgi_param HTTP_HOST $http_host;` where PHP is run, \
             and not `$host`"
        }
        Cause::WrongCredentials => {
            "check the login and the password; an application password differs from the account's, and a plugin may \
             forbid it to some users"
        }
        Cause::LockedOut => "wait for a minute or more: until then the site refuses the correct password too",
        Cause::RateLimited => "wait as long as the response asks, and send fewer requests at a time",
        Cause::SecondFactor => {
            "complete the sign-in with the user's code (`Client::complete_sign_in`), if the plugin supports it\n\
             or use an application password, which needs no second factor"
        }
        Cause::Captcha => {
            "use an application password\n\
             or exclude the API from the security plugin's captcha"
        }
        Cause::TokenIgnored => {
            "Simple JWT Login: switch on \"All WordPress endpoints checks for JWT authentication\" in its general \
             settings"
        }
        Cause::Unproven => {
            "something in front of WordPress sent the response, such as a cache or a proxy: it must pass POST \
             requests to /wp-json/ to WordPress"
        }
        Cause::SignInRequired => crate::error::hint::SIGN_IN,
        Cause::TokenForOtherSite => {
            "sign in at the address at which the token is used, with the same scheme; a network's sites do not \
             share tokens"
        }
        Cause::TokenRefused => {
            "sign in again; if the token is still refused, something on the way changes the header"
        }
        Cause::ApplicationPasswordsOff => {
            "serve the site over https (or set WP_ENVIRONMENT_TYPE to local on a machine of your own), and look for a \
             security plugin that switches application passwords off"
        }
        Cause::KeyWithoutUser => {
            "a key of the free plugin reads public items only; for more, use the credential of a user"
        }
        Cause::UserGone => "the user was deleted: sign in as another user",
        Cause::Cache => {
            "configure the cache to skip /wp-json/, or to honour `Cache-Control` and to vary by `Authorization`"
        }
        Cause::FewRights => "give the user a role that may write, such as author",
        Cause::OtherRoot | Cause::Closed | Cause::Other => return None,
    };
    Some(text.to_owned())
}

const APACHE: &str = "save the permalinks again in the dashboard, with another structure than Plain, so that \
    WordPress writes its current rewrite block\n\
    or put `SetEnvIf Authorization \"(.*)\" HTTP_AUTHORIZATION=$1` above `# BEGIN WordPress` in .htaccess";

/// If PHP receives the header under another name, a rule in .htaccess does not help these plugins.
const HEADER_RENAMED: &str = "put `SetEnvIf Authorization \"(.*)\" HTTP_AUTHORIZATION=$1` into the virtual host: in \
    .htaccess it does not help here\n\
    or there: `<Location \"/\">` with `CGIPassAuth On`";

const NGINX: &str = "where nginx passes requests to PHP, remove the line that sets HTTP_AUTHORIZATION to \"\", and put \
    `fastcgi_param HTTP_AUTHORIZATION $http_authorization;` after `include fastcgi_params;`\n\
    with another nginx in front of it: remove `proxy_set_header Authorization \"\";`";

fn header_lost(server: &Server<'_>) -> String {
    let name = server.name.to_ascii_lowercase();
    if name.contains("nginx") {
        // nginx passes the header by default; a server behind it may not.
        return format!("{NGINX}\nif Apache is behind it: {APACHE}");
    }
    let apache =
        if server.reads_one_name { format!("{APACHE}\nelse {HEADER_RENAMED}") } else { APACHE.to_owned() };
    if name.contains("apache") { apache } else { format!("on Apache: {apache}\non nginx: {NGINX}") }
}

/// The token is sent with `in_header`, and nginx passes only that header: WordPress would take the host's own password
/// for a user's.
const HEADER_PASSED_ON_BY_NGINX: &str = "send the token with `in_header(\"X-Authorization\")`, and put \
    `fastcgi_param HTTP_AUTHORIZATION $http_x_authorization;` after `include fastcgi_params;` where nginx passes \
    requests to PHP\n\
    or omit `host_password`, and ask the hosting provider to exempt the API from the password: \
    `map $request_uri $realm { default \"Staging\"; ~^/wp-json/ off; }` before the server, and `auth_basic $realm;` \
    in it";

const HEADER_PASSED_ON_BY_APACHE: &str = "send the token with `in_header(\"X-Authorization\")`, put \
    `SetEnvIf X-Authorization \"(.+)\" HTTP_AUTHORIZATION=$1` into the virtual host or .htaccess, and remove the \
    rule that sets HTTP_AUTHORIZATION from WordPress's block\n\
    or (application passwords and API Bearer Auth under mod_php) omit `host_password`, and ask the hosting provider \
    to exempt the API from the password: `SetEnvIf Request_URI \"^/wp-json/\" is_api`, and `Require env is_api`, \
    `Require env REDIRECT_is_api` and `Require valid-user` in one `<RequireAny>`";

fn header_taken_by_host(server: &Server<'_>) -> String {
    let name = server.name.to_ascii_lowercase();
    match (name.contains("nginx"), name.contains("apache")) {
        (true, _) => HEADER_PASSED_ON_BY_NGINX.to_owned(),
        (_, true) => HEADER_PASSED_ON_BY_APACHE.to_owned(),
        _ => format!("on nginx: {HEADER_PASSED_ON_BY_NGINX}\non Apache: {HEADER_PASSED_ON_BY_APACHE}"),
    }
}

/// The client cannot tell a wrong credential from a lost one.
fn not_seen(server: &Server<'_>) -> String {
    let lost = if server.has_host_password { header_taken_by_host(server) } else { header_lost(server) };
    format!(
        "create a new application password and try that; they need https, and a plugin may forbid them\n\
         if it fails too, the credential is lost on the way: {lost}"
    )
}
