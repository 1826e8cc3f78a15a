//! What to do about each cause. Each remedy was seen to work on a server that had the fault, and the order is
//! that in which they do the least harm.

use super::Cause;

/// What is known of the server, to choose by.
pub(super) struct Server<'a> {
    /// Its `Server` header.
    pub(super) name: &'a str,
    /// Whether the plugin reads the header under its one name only: API Bearer Auth, miniOrange.
    pub(super) reads_one_name: bool,
    /// Whether the client gives a gate its password in `Authorization`.
    pub(super) has_host_password: bool,
}

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
            "a certificate of an authority of your own: hand that over (`ConnectOptions::root_certificates`), or install it \
             in this system's store\n\
             another fault of the certificate (its dates, its name, its kind): the host has to mend it\n\
             no certificate was spoken of: the port speaks http, write http://"
        }
        Cause::Exposed => "use https; on a line that you trust, `ClientBuilder::allow_plain_http`",
        Cause::Redirected => "use the address that the site redirects to",
        Cause::HostPassword => {
            "give the host's own user and password to `ClientBuilder::host_password`, send the token in another header (`in_header`), \
             and have the server hand that on\n\
             else let the host leave /wp-json/ open"
        }
        Cause::Firewall => {
            "ask the host to let the API through: with ModSecurity's core rules, their exclusions for WordPress and the \
             methods PUT, PATCH and DELETE\n\
             where only the sign-in is refused: another password, without quotes in it"
        }
        Cause::QueryIgnored => crate::hint::QUERY_IGNORED,
        Cause::Unavailable => {
            "try again later; `.maintenance` in the site's directory may be left over from an update"
        }
        Cause::ServerError => "the server's error log says what; a plugin or the database",
        Cause::NoApi => {
            "check the address, its scheme and its port; a plugin may have turned the API off, or a login stands before it"
        }
        Cause::NotInstalled => {
            "finish the installation of WordPress in a browser\n\
             if it was installed: the host has to look at its database, and at the prefix of its tables in wp-config.php"
        }
        Cause::Noise => {
            "set `display_errors` off (WP_DEBUG_DISPLAY in wp-config.php); what stands around the JSON is left out here"
        }
        Cause::OtherScheme => {
            "use the scheme that the site gives for itself, or correct its address in the settings: tokens name it"
        }
        Cause::OtherSite => "check the address: it names another site than the one that responds",
        Cause::Clock => {
            "set the clock of the server, or of this machine; tokens here count from when they came"
        }
        Cause::NoIdentity => "build the client with `auth`",
        Cause::NotOffered => {
            "install and activate the plugin, or take the provider for the one that the site has"
        }
        Cause::Misconfigured => {
            "the plugin lacks its secret, or another setting: see its settings, or what it wants in wp-config.php"
        }
        Cause::ClosedLogin => {
            "use the very address that the site gives for itself, host and port included, with pretty permalinks\n\
             else, on nginx and with a port in the address: `fastcgi_param HTTP_HOST $http_host;` where PHP is run, and not \
             `$host`"
        }
        Cause::WrongCredentials => {
            "check the login and the password; an application password is another than the account's, and a plugin may forbid \
             it to some users"
        }
        Cause::LockedOut => "wait for a minute or more: until then a right password is refused as well",
        Cause::RateLimited => "wait, as long as the response asks, and send fewer requests at a time",
        Cause::SecondFactor => {
            "complete the sign-in with the user's code (`Client::complete_sign_in`), where the plugin has a way to\n\
             else use an application password, which needs no second factor"
        }
        Cause::Captcha => {
            "use an application password\n\
             else have the security plugin leave the API out of its captcha"
        }
        Cause::TokenIgnored => {
            "Simple JWT Login: switch on \"All WordPress endpoints checks for JWT authentication\" in its general settings"
        }
        Cause::Unproven => {
            "something in front of WordPress wrote the response, such as a cache or a proxy: it has to pass POST requests to \
             /wp-json/ on to WordPress"
        }
        Cause::SignInRequired => "sign in anew: give the provider a password, or a callback (`asking`)",
        Cause::TokenForOtherSite => {
            "sign in at the address at which the token is used, with the same scheme; a network's sites do not share tokens"
        }
        Cause::TokenRefused => "sign in anew; if it stays so, something on the way changes the header",
        Cause::ApplicationPasswordsOff => {
            "serve the site over https (or set WP_ENVIRONMENT_TYPE to local on a machine of your own), and look for a \
             security plugin that switches application passwords off"
        }
        Cause::KeyLogsNobodyIn => {
            "a key of the free plugin reads what is public; for more, add a user's credential that the site takes"
        }
        Cause::UserGone => "the user was deleted: sign in as another",
        Cause::Cache => {
            "tell the cache to leave /wp-json/ alone, or to honour `Cache-Control` and to tell apart by `Authorization`"
        }
        Cause::FewRights => "give the user a role that may write, such as author",
        Cause::OtherRoot | Cause::Closed | Cause::Other => return None,
    };
    Some(text.to_owned())
}

const APACHE: &str = "save the permalinks once more in the dashboard, with another structure than Plain, so that \
    WordPress writes its current rewrite block\n\
    else put `SetEnvIf Authorization \"(.*)\" HTTP_AUTHORIZATION=$1` above `# BEGIN WordPress` in .htaccess";

/// Where PHP sees the header renamed, what stands in .htaccess is of no use to these plugins.
const HEADER_RENAMED: &str = "put `SetEnvIf Authorization \"(.*)\" HTTP_AUTHORIZATION=$1` into the virtual host: in .htaccess it does not help here\n\
    else there: `<Location \"/\">` with `CGIPassAuth On`";

const NGINX: &str = "where PHP is run, take out what sets HTTP_AUTHORIZATION to \"\", and put \
    `fastcgi_param HTTP_AUTHORIZATION $http_authorization;` behind `include fastcgi_params;`\n\
    with another nginx before it: take out `proxy_set_header Authorization \"\";`";

fn header_lost(server: &Server<'_>) -> String {
    let name = server.name.to_ascii_lowercase();
    if name.contains("nginx") {
        // It passes the header by itself; what is behind it may not.
        return format!("{NGINX}\nif Apache is behind it: {APACHE}");
    }
    let apache =
        if server.reads_one_name { format!("{APACHE}\nelse {HEADER_RENAMED}") } else { APACHE.to_owned() };
    if name.contains("apache") { apache } else { format!("on Apache: {apache}\non nginx: {NGINX}") }
}

/// The token goes by `in_header`. What nginx hands on is that header or nothing: the host's password would be taken
/// for a user's.
const GATE_NGINX: &str = "send the token by `via(\"X-Authorization\")`, and put \
    `fastcgi_param HTTP_AUTHORIZATION $http_x_authorization;` behind `include fastcgi_params;` where PHP is run\n\
    else without `host_password`, and let the host leave the API open: \
    `map $request_uri $gate { default \"Staging\"; ~^/wp-json/ off; }` before the server, and `auth_basic $gate;` in it";

const GATE_APACHE: &str = "send the token by `via(\"X-Authorization\")`, put \
    `SetEnvIf X-Authorization \"(.+)\" HTTP_AUTHORIZATION=$1` into the virtual host or .htaccess, and take the rule that \
    sets HTTP_AUTHORIZATION out of WordPress's block\n\
    else (application passwords and API Bearer Auth under mod_php) without `host_password`, and let the host leave the API open: \
    `SetEnvIf Request_URI \"^/wp-json/\" is_api`, and `Require env is_api`, `Require env REDIRECT_is_api` and \
    `Require valid-user` in one `<RequireAny>`";

fn header_taken_by_host(server: &Server<'_>) -> String {
    let name = server.name.to_ascii_lowercase();
    match (name.contains("nginx"), name.contains("apache")) {
        (true, _) => GATE_NGINX.to_owned(),
        (_, true) => GATE_APACHE.to_owned(),
        _ => format!("on nginx: {GATE_NGINX}\non Apache: {GATE_APACHE}"),
    }
}

/// Which of them it is cannot be told from here.
fn not_seen(server: &Server<'_>) -> String {
    let lost = if server.has_host_password { header_taken_by_host(server) } else { header_lost(server) };
    format!(
        "make a new application password and try that; they need https, and a plugin may forbid them\n\
         if it is the same, the credential is lost: {lost}"
    )
}
