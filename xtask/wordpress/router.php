<?php
// What a web server's configuration does for a WordPress, for `php -S`.
$instance = json_decode(file_get_contents($_SERVER['DOCUMENT_ROOT'] . '/../instance.json'), true);
require_once __DIR__ . '/front.php';

// The script to run; `false`: a file to send as it is; `null`: all is said. A function, for WordPress has globals.
$script = (function () use ($instance) {
    $root = $_SERVER['DOCUMENT_ROOT'];
    $base = $instance['subdir'] === null ? '' : "/{$instance['subdir']}";
    $path = rawurldecode(strtok($_SERVER['REQUEST_URI'], '?'));

    $run = function (string $script, string $info = '') use ($root) {
        $_SERVER = array_filter(['PATH_INFO' => $info]) + [
            'SCRIPT_NAME' => $script, 'SCRIPT_FILENAME' => $root . $script, 'PHP_SELF' => $script . $info,
        ] + array_diff_key($_SERVER, ['PATH_INFO' => '']);
        chdir(dirname($root . $script));
        return $root . $script;
    };
    $not_found = function () {
        http_response_code(404);
        echo '<h1>404 Not Found</h1>';
    };

    // Only below the sub-directory is there a site, and what begins with a dot is nobody's.
    if (!str_starts_with("$path/", "$base/") || str_contains($path, '/.')) {
        return $not_found();
    }
    if (preg_match('#^(.+?\.php)(/.*)?$#', $path, $match) && is_file($root . $match[1])) {
        return $run($match[1], $match[2] ?? '');
    }
    $index = rtrim($path, '/') . '/index.php';
    if (is_dir($root . $path) && is_file($root . $index)) {
        return str_ends_with($path, '/') ? $run($index) : header("Location: $path/", true, 301);
    }
    if (is_file($root . $path)) {
        return false;
    }
    // A server that rewrites nothing is why some permalinks have an `index.php` in them.
    return $instance['permalinks'] === 'index' ? $not_found() : $run("$base/index.php");
})();

return is_string($script) ? require $script : $script;
