"""Keys of a PKCS#11 module: Debian's SoftHSM, in processes as a server starts them."""
