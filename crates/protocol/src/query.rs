//! 查询密码: six digits on the slip, computable by the station without the network and by the centre.

/// First eight bytes (big endian) of SM3("tongban query password v1" ‖ data key ‖ receipt number)
/// modulo 1 000 000, zero-padded. The data key is the case's; whoever holds only the slip's number cannot compute it.
#[must_use]
pub fn query_password(data_key: &[u8; 16], receipt: &str) -> String {
    let mut content = b"tongban query password v1".to_vec();
    content.extend_from_slice(data_key);
    content.extend_from_slice(receipt.as_bytes());
    let hash = tongban_crypto::sm3(&content);
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    format!("{:06}", u64::from_be_bytes(first) % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::query_password;

    #[test]
    fn the_password_depends_on_key_and_number() {
        let one = query_password(&[1; 16], "89010226112300300017");
        assert_eq!(one.len(), 6);
        assert_ne!(one, query_password(&[2; 16], "89010226112300300017"));
        assert_ne!(one, query_password(&[1; 16], "89010226112300300025"));
        assert_eq!(one, query_password(&[1; 16], "89010226112300300017"));
    }
}
