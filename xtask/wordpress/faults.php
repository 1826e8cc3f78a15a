<?php
// What a site can suffer, for the tests to see: a must-use plugin, so that it comes before the token plugins.
//
// The header `X-Fault` of a request brings it about: `misconfigured` for this request, `revoke` and `restore` for all
// that follow. `strip` is left to what stands before PHP. Tokens live for XTASK_TOKEN_SECONDS.
$fault = $_SERVER['HTTP_X_FAULT'] ?? '';
$broken = $fault === 'misconfigured';
$seconds = defined('XTASK_TOKEN_SECONDS') ? (int) XTASK_TOKEN_SECONDS : 4;

if ($fault === 'revoke' || $fault === 'restore') {
    global $wpdb;
    update_option('xtask_salt', $fault === 'revoke' ? bin2hex(random_bytes(8)) : '');
    // API Bearer Auth keeps its tokens here...
    $table = $wpdb->base_prefix . 'user_tokens';
    if ($wpdb->get_var($wpdb->prepare('SHOW TABLES LIKE %s', $table))) {
        $wpdb->query("DELETE FROM $table");
    }
    // ...and JWT Auth (useful-team) what its cookies are worth.
    delete_metadata('user', 0, 'jwt_auth_refresh_tokens', '', true);
    // miniOrange lets nobody in who failed five times in a minute.
    delete_transient('mo_api_auth_rate_limit_' . md5($_SERVER['REMOTE_ADDR']));
}
// A JWT is not taken back but by another secret.
$salt = get_option('xtask_salt', '');
$secret = (defined('XTASK_SECRET') ? XTASK_SECRET : 'a secret that is long enough for HS256') . $salt;

if (!$broken) {
    defined('JWT_AUTH_SECRET_KEY') || define('JWT_AUTH_SECRET_KEY', $secret);
}
if (defined('XTASK_BEARER_JWT')) {
    defined('API_BEARER_JWT_SECRET') || define('API_BEARER_JWT_SECRET', $secret);
}
defined('API_BEARER_ACCESS_TOKEN_VALID_IN_SECONDS') || define('API_BEARER_ACCESS_TOKEN_VALID_IN_SECONDS', $seconds);
add_filter('jwt_auth_expire', fn ($expire, $issued = null) => ($issued ?? time()) + $seconds, 10, 2);

// WP REST API Authentication (miniOrange): its method is chosen by the request, so that one site has them all.
$settings = [
    'selected_authentication_method' => $broken ? '' : ($_SERVER['HTTP_X_METHOD'] ?? 'jwt_auth'),
    'jwt_client_secret' => $broken ? '' : $secret,
    'jwt_signing_algorithm' => 'HS256',
    'authentication_key' => 'uname_pass',
];
foreach ($settings as $name => $value) {
    add_filter("pre_option_mo_api_authentication_$name", fn () => $value);
}
add_filter('pre_option_mo_api_auth_bearer_token', fn () => "key0123456789key0123456789key012$salt");
