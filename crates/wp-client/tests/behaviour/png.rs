//! Images for uploads.

/// A PNG of this size, of two colors, without compression.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let row = |y: u32| {
        let pixel =
            move |x: u32| if (x / 16 + y / 16).is_multiple_of(2) { [200, 160, 90] } else { [40, 90, 160] };
        std::iter::once(0).chain((0..width).flat_map(pixel))
    };
    let pixels: Vec<u8> = (0..height).flat_map(row).collect();
    let mut zlib = vec![0x78, 0x01];
    let last = pixels.len().saturating_sub(1) / 0xffff;
    for (index, block) in pixels.chunks(0xffff).enumerate() {
        let length = u16::try_from(block.len()).unwrap();
        zlib.push(u8::from(index == last));
        zlib.extend(length.to_le_bytes());
        zlib.extend((!length).to_le_bytes());
        zlib.extend(block);
    }
    zlib.extend(adler32(&pixels).to_be_bytes());

    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    for (kind, data) in
        [(b"IHDR", [&*size, &[8, 2, 0, 0, 0]].concat()), (b"IDAT", zlib), (b"IEND", Vec::new())]
    {
        let checked = [kind, &*data].concat();
        file.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        file.extend(&checked);
        file.extend(crc32(&checked).to_be_bytes());
    }
    file
}

fn adler32(data: &[u8]) -> u32 {
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    b << 16 | a
}

fn crc32(data: &[u8]) -> u32 {
    let shift = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !data.iter().fold(!0_u32, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), shift))
}
