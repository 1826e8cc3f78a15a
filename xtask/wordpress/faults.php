<?php
// What a site can suffer, for the tests to see: a must-use plugin, so that it comes before the token plugins.
//
// The header `X-Fault` of a request brings it about: `misconfigured` for this request, `revoke` and `restore` for all
// that follow. `sizes` lets WordPress fail after it stored an uploaded image, but not when the sizes are asked for later.
// `strip` is left to what stands before PHP. `code` is no fault: its response is the code that the user
// with a second factor would read off the phone. Tokens live for XTASK_TOKEN_SECONDS.
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
if ($fault === 'sizes' && !preg_match('~/media/\d~', urldecode($_SERVER['REQUEST_URI']))) {
    add_filter('intermediate_image_sizes_advanced', fn () => throw new Error('No memory for the sizes.'));
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

// Simple JWT Login 3 reads the keys at the top, 4 those in the sections. It counts lifetimes in minutes, so the token of
// a response is signed anew, with an end that is nearer.
$hooks = ['simple_jwt_login_response_auth_user', 'simple_jwt_login_response_refresh_token', 'simple_jwt_login_response_2fa_verify'];
$key = [
    'decryption_source' => '0', 'decryption_key' => $secret, 'jwt_algorithm' => 'HS256',
    'request_jwt_header' => 1, 'api_middleware' => ['enabled' => true],
];
$claims = ['iat', 'exp', 'id', 'email', 'username', 'site', 'iss'];
$simple_jwt_login = $key + [
    'allow_authentication' => !$broken, 'jwt_payload' => $claims, 'jwt_auth_ttl' => 1, 'jwt_auth_refresh_ttl' => 60,
    'jwt_login_by' => 2, 'jwt_login_by_parameter' => 'username', 'enabled_hooks' => $hooks,
    '_schema_version' => 2,
    'general' => $key,
    'login' => ['login_by' => 2, 'login_by_parameter' => 'username'],
    'authorization' => [
        'enabled' => !$broken, 'jwt_payload' => $claims, 'ttl' => 1, 'refresh_ttl' => 60,
        'refresh_token_enabled' => true, 'refresh_token_key' => $secret,
        'validate_token_enabled' => true, 'revoke_token_enabled' => true,
    ],
    'hooks' => ['enabled_hooks' => $hooks],
    'integrations' => ['3rdparty' => ['two_factor' => ['enabled' => true]]],
];
add_filter('pre_option_simple_jwt_login_settings', fn () => json_encode($simple_jwt_login));
$base64url = fn (string $bytes): string => rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
foreach ($hooks as $hook) {
    add_filter($hook, function (array $response) use ($base64url, $seconds, $secret): array {
        [$header, $claims] = explode('.', $response['data']['jwt']);
        $claims = json_decode(base64_decode(strtr($claims, '-_', '+/')), true);
        $signed = "$header." . $base64url(json_encode(['exp' => time() + $seconds] + $claims));
        $response['data']['jwt'] = "$signed." . $base64url(hash_hmac('sha256', $signed, $secret, true));
        return $response;
    });
}

if ($fault === 'code') {
    add_action('init', function () {
        $user = get_user_by('login', 'author');
        // Loads their classes.
        Two_Factor_Core::get_providers();
        // Two Factor takes each code once, and the next one comes after half a minute.
        delete_user_meta($user->ID, Two_Factor_Totp::LAST_SUCCESSFUL_LOGIN_META_KEY);
        $totp = Two_Factor_Totp::get_instance();
        wp_send_json(['code' => $totp->calc_totp($totp->get_user_totp_key($user->ID))]);
    });
}
