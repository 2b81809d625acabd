pkgname = "turnstile"
pkgver = "0.1"
pkgrel = 0
build_style = "makefile"
make_build_args = [
    "PREFIX=/usr",
    "SBINDIR=/usr/bin",
    "LIBEXECDIR=/usr/lib/turnstile",
    "PAMDIR=/usr/lib/security",
    "BACKEND=Dinit",
]
make_install_args = make_build_args
makedepends = ["linux-pam-devel"]
pkgdesc = "Login sessions and user services without systemd"
license = "ISC"
url = "https://example.org/turnstile"
source = f"{url}/turnstile-{pkgver}.tar.gz"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
hardening = ["vis"]
# its tests are root's, in a copy of the whole system
options = ["!check"]


def post_install(self):
    self.install_license("LICENSE")
    self.install_service(
        self.destdir / "usr/share/examples/turnstile/turnstiled.dinit",
        "turnstiled",
    )
