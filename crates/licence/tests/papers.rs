//! Every paper is judged by outside tools: poppler, zbar and qpdf.

mod common;

use common::{OnDisk, assets, food_licence, licence, long_licence, notice, paper_text, press, proof, receipt};
use tongban_licence::{Paper, PaperError, SealFace};

fn has_all(paper: &Paper, wanted: &[&str]) {
    let text = OnDisk::of(paper).text();
    for part in wanted {
        let part: String = part.chars().filter(|c| !c.is_whitespace()).collect();
        assert!(text.contains(&part), "{part} is not on the paper:\n{text}");
    }
}

#[test]
fn a_receipt_shows_every_field_and_hides_the_person() {
    let data = receipt(17);
    let paper = press().receipt(&data).expect("made");
    has_all(
        &paper,
        &[
            "收件回执",
            "示范市政务服务中心",
            "890102261123 001 00017",
            "建筑业企业资质认定（首次申请）",
            "陈*国",
            "890102********0113",
            "示范市宏远建设有限公司",
            "91890100MA8DEM018P",
            "2026年11月23日 09:30",
            "综合窗口 3 号",
            "自受理之日起 15 个工作日",
            "0890-12345",
            "402 917",
            "数据共享（电子证照）",
            "现场采集 14 页",
            "系统生成",
            "承诺后补",
            "不适用",
            "材料清单（17）",
            "演示件，不具有法律效力",
        ],
    );
    let text = OnDisk::of(&paper).text();
    assert!(!text.contains("陈建国") && !text.contains("19780315"), "the applicant is masked");
    assert!(!text.contains("离线收件") && !text.contains("时间以中心入库为准"));
    for line in &data.materials {
        has_all(&paper, &[&line.name]);
    }
    assert_eq!(paper.pages, 1);
}

#[test]
fn a_receipt_made_offline_with_a_wrong_clock_says_so() {
    let mut data = receipt(3);
    data.offline = true;
    data.time_untrusted = true;
    data.promised_days = None;
    data.applicant.firm = None;
    let paper = press().receipt(&data).expect("made");
    has_all(&paper, &["离线收件：网络恢复后自动上传，受理号不变。", "时间以中心入库为准", "当场办结"]);
    assert!(!OnDisk::of(&paper).text().contains("申请单位"), "no firm, no row");
}

#[test]
fn a_long_material_list_goes_on_over_pages_and_loses_no_line() {
    let paper = press().receipt(&receipt(90)).expect("made");
    assert!(paper.pages >= 3, "{} pages", paper.pages);
    let text = OnDisk::of(&paper).text();
    assert!(text.contains("材料清单（90）") && text.contains(&format!("第{0}页，共{0}页", paper.pages)));
    assert_eq!(text.matches("企业诚信承诺书").count(), 5);
}

#[test]
fn a_proof_shows_every_month_and_the_sum() {
    let data = proof(24);
    let paper = press().proof(&data).expect("made");
    has_all(
        &paper,
        &[
            "个人参保缴费证明",
            &data.number,
            "李秀英",
            "89010219550820022X",
            "企业职工基本养老保险",
            "2024年11月 至 2026年10月",
            "24 个月",
            "个人缴费合计 8484.00 元",
            "7K3M 9QX2 TB4W 8HRD",
            "示范市社会保险基金管理中心",
            "2026年11月23日",
            "自助终端 K03",
            "演示件",
        ],
    );
    let text = OnDisk::of(&paper).text();
    for row in &data.rows {
        let (year, month) = row.month.split_once('-').expect("year-month");
        let line = format!("{year}年{}月{}{}{}", month.parse::<u8>().expect("month"), row.base, row.person, row.firm);
        assert!(text.contains(&line), "{line} is missing");
    }
    assert_eq!(paper.pages, 1, "two years fit one sheet");
    let long = press().proof(&proof(120)).expect("made");
    assert!(long.pages >= 3 && OnDisk::of(&long).qr() == data.verify_url);
}

#[test]
fn a_licence_shows_every_field_of_its_face() {
    let paper = press().licence(&licence()).expect("made");
    has_all(
        &paper,
        &[
            "建筑业企业资质证书",
            "（正本）",
            "证书编号：D389000017",
            "企业名称",
            "示范市宏远建设有限公司",
            "统一社会信用代码",
            "91890100MA8DEM018P",
            "详细地址",
            "示范市城东区中山街道和平社区建设路 18 号",
            "法定代表人",
            "陈建国",
            "注册资本",
            "3000 万元人民币",
            "经济性质",
            "有限责任公司（自然人投资或控股）",
            "有效期",
            "2026年11月23日至2031年11月22日",
            "资质类别及等级",
            "建筑工程施工总承包三级",
            "钢结构工程专业承包三级",
            "发证机关：示范市住房和城乡建设局",
            "发证日期：2026年11月23日",
            "1.2.156.3005.2.",
            "演示件",
        ],
    );
    assert!(OnDisk::of(&paper).info().contains("841.89 x 595.276 pts (A4)"), "{}", OnDisk::of(&paper).info());
}

#[test]
fn the_longest_names_wrap_and_are_never_clipped() {
    let data = long_licence();
    let paper = press().licence(&data).expect("made");
    let text = OnDisk::of(&paper).text();
    let fields = [&data.firm, &data.address, &data.legal_person, &data.economic_type, &data.issuer];
    // The issuer has two lines with its label and the first between them in drawing order.
    let fields = &fields[..4];
    assert!(text.contains("示范市城东区住房和城乡") && text.contains("管理局"), "{text}");
    for part in data.grades.iter().chain(fields.iter().copied()) {
        assert!(text.contains(part.as_str()), "{part} is not on the paper:\n{text}");
    }
    assert_eq!(paper.pages, 1);
    let mut endless = licence();
    endless.address = endless.address.repeat(40);
    let error = press().licence(&endless).expect_err("three pages of address fit no licence");
    assert!(matches!(error, PaperError::TooLong { .. }), "{error}");
    assert_eq!(error.code().as_str(), "C103");
}

#[test]
fn another_licence_is_another_face_with_fields_of_its_form() {
    let paper = press().licence(&food_licence()).expect("made");
    has_all(
        &paper,
        &[
            "食品经营许可证",
            "许可证编号：JY28901020000015",
            "经营者名称",
            "城东区食尚餐饮店",
            "法定代表人（负责人）",
            "吴昊",
            "主体业态",
            "餐饮服务经营者",
            "经营项目",
            "热食类食品制售；冷食类食品制售；自制饮品制售",
        ],
    );
    assert!(!OnDisk::of(&paper).text().contains("资质类别及等级"));
    let mut unknown = licence();
    unknown.template = "licence_of_dogs".into();
    assert_eq!(press().licence(&unknown).expect_err("no such face").code().as_str(), "K102");
}

#[test]
fn a_new_kind_of_licence_is_a_new_file_and_no_code() {
    let dir = tempfile::tempdir().expect("a directory");
    for entry in std::fs::read_dir(assets("licences")).expect("the templates") {
        let entry = entry.expect("readable");
        std::fs::copy(entry.path(), dir.path().join(entry.file_name())).expect("copied");
    }
    let face = std::fs::read_to_string(dir.path().join("licence_water.toml")).expect("a face");
    let dogs = face.replace("取水许可证", "养犬登记证").replace("{field.place}", "{field.dog}");
    std::fs::write(dir.path().join("licence_dogs.toml"), dogs).expect("written");
    let templates = tongban_licence::Templates::load(dir.path()).expect("read");
    let fonts = tongban_licence::Fonts::load(&assets("fonts")).expect("fonts");
    let mut data = licence();
    data.template = "licence_dogs".into();
    data.fields = vec![("dog".into(), "旺财".into())];
    let paper = tongban_licence::Press::new(fonts, templates).licence(&data).expect("made");
    has_all(&paper, &["养犬登记证", "旺财"]);
}

#[test]
fn every_licence_of_the_catalogue_has_its_face() {
    let mut faces = 0;
    for entry in std::fs::read_dir(assets("catalogue")).expect("the catalogue") {
        let path = entry.expect("readable").path();
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let names = text.lines().filter_map(|line| line.trim().strip_prefix("\"template\": \""));
        for name in names.filter_map(|rest| rest.split('"').next()).filter(|name| name.starts_with("licence")) {
            let mut data = licence();
            data.template = name.into();
            assert!(press().licence(&data).is_ok(), "{}: {name}", path.display());
            faces += 1;
        }
    }
    assert!(faces >= 5, "{faces} faces");
}

#[test]
fn a_notice_flows_over_pages_with_its_signature_whole() {
    let one = press().notice(&notice(1)).expect("made");
    has_all(
        &one,
        &[
            "受理通知书",
            "示住建许受〔2026〕00012号",
            "示范市宏远建设有限公司：",
            "第三十二条",
            "1．承诺办结时限",
            "2．办理结果",
            "示范市住房和城乡建设局",
            "2026年11月23日",
            "咨询电话：0890-12345",
            "第1页，共1页",
        ],
    );
    let many = press().notice(&notice(14)).expect("made");
    assert!(many.pages >= 2);
    assert_eq!(OnDisk::of(&many).text().matches("第三十二条").count(), 14);
}

#[test]
fn the_code_on_paper_reads_back_as_the_payload() {
    let press = press();
    assert_eq!(OnDisk::of(&press.receipt(&receipt(17)).expect("made")).qr(), receipt(0).qr);
    assert_eq!(OnDisk::of(&press.proof(&proof(24)).expect("made")).qr(), proof(1).verify_url);
    assert_eq!(OnDisk::of(&press.licence(&long_licence()).expect("made")).qr(), licence().verify_url);
    assert_eq!(OnDisk::of(&press.notice(&notice(1)).expect("made")).qr(), "https://zwfw.example.cn/n/00012");
    let mut data = receipt(0);
    data.qr = "长".repeat(2000);
    assert!(matches!(press.receipt(&data), Err(PaperError::Qr(6000))));
}

#[test]
fn files_are_small_sound_and_hold_their_fonts() {
    let press = press();
    let papers = [
        ("receipt", press.receipt(&receipt(17)), "595.276 x 841.89 pts (A4)"),
        ("proof", press.proof(&proof(36)), "595.276 x 841.89 pts (A4)"),
        ("licence", press.licence(&long_licence()), "841.89 x 595.276 pts (A4)"),
        ("notice", press.notice(&notice(2)), "595.276 x 841.89 pts (A4)"),
    ];
    for (name, paper, size) in papers {
        let paper = paper.expect("made");
        assert!(paper.pdf.len() < 300_000, "{name}: {} bytes", paper.pdf.len());
        let disk = OnDisk::of(&paper);
        assert!(disk.info().contains(size), "{name}: {}", disk.info());
        assert!(disk.info().contains("Mon Nov 23 01:30:00 2026 UTC"), "{name}: {}", disk.info());
        assert!(disk.check().contains("No syntax or stream encoding errors"), "{name}");
        let fonts = disk.fonts();
        let rows: Vec<&str> = fonts.lines().skip(2).collect();
        assert!(!rows.is_empty(), "{name} has no fonts");
        for row in rows {
            // Columns: name, type, encoding, emb, sub, uni, object.
            assert!(row.contains("Identity-H") && row.contains("yes yes yes"), "{name}: {row}");
        }
    }
}

#[test]
fn the_same_data_give_the_same_bytes_and_other_data_other_bytes() {
    let one = press();
    let first = one.licence(&licence()).expect("made");
    let again = one.licence(&licence()).expect("made");
    assert!(first.pdf == again.pdf && first.sha256 == again.sha256, "one press, twice");
    assert!(first.pdf == press().licence(&licence()).expect("made").pdf, "another press");
    let mut other = licence();
    other.valid_to = "2031-11-23".into();
    assert!(first.pdf != one.licence(&other).expect("made").pdf);
    let receipts = (one.receipt(&receipt(17)).expect("made"), one.receipt(&receipt(17)).expect("made"));
    assert!(receipts.0.pdf == receipts.1.pdf);
}

#[test]
fn a_character_without_a_glyph_is_refused_and_named() {
    let mut data = licence();
    // U+31350 is in Unicode 15 and in no font of ours.
    data.legal_person = "陈\u{31350}国".into();
    let error = press().licence(&data).expect_err("refused");
    assert_eq!(error.code().as_str(), "P107");
    assert!(matches!(error, PaperError::GlyphMissing { character: '\u{31350}', .. }));
    assert!(error.to_string().contains("U+31350") && !error.to_string().contains('陈'), "{error}");
    // The control: the rare characters of real names that the font has.
    data.legal_person = "陈䶮堃".into();
    has_all(&press().licence(&data).expect("made"), &["陈䶮堃"]);
    // In the seal too, which is drawn as outlines.
    data.seal = SealFace::Drawn { organisation: "示\u{31350}局".into(), purpose: String::new(), demo: false };
    assert_eq!(press().licence(&data).expect_err("refused").code().as_str(), "P107");
    // A control character in data is a mistake, not a blank.
    let mut slip = receipt(0);
    slip.place = "窗口\u{7}".into();
    assert_eq!(press().receipt(&slip).expect_err("refused").code().as_str(), "P107");
}

/// A PNG seal with a clear ground: a red disc in a square.
fn disc() -> Vec<u8> {
    let picture = image::RgbaImage::from_fn(200, 200, |x, y| {
        let (x, y) = (f64::from(x) - 99.5, f64::from(y) - 99.5);
        if x.hypot(y) < 98.0 { image::Rgba([200, 20, 20, 255]) } else { image::Rgba([0, 0, 0, 0]) }
    });
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).expect("encoded");
    png.into_inner()
}

#[test]
fn a_registered_seal_picture_is_placed_40_mm_wide_and_a_broken_one_refused() {
    let mut data = proof(3);
    data.demo = false;
    data.seal = SealFace::Picture(disc());
    let paper = press().proof(&data).expect("made");
    assert!(paper.pdf == press().proof(&data).expect("made").pdf, "pictures do not make the bytes differ");
    let pixels = OnDisk::of(&paper).pixels();
    let red = |pixel: &image::Rgb<u8>| pixel.0[0] > 150 && pixel.0[1] < 90;
    let columns: Vec<u32> = pixels.enumerate_pixels().filter(|(_, _, pixel)| red(pixel)).map(|(x, _, _)| x).collect();
    let (left, right) = (columns.iter().min().expect("red"), columns.iter().max().expect("red"));
    let across = f64::from(right - left + 1) / 150.0 * 25.4;
    // The disc takes 196 of the picture's 200 points.
    assert!((across - 39.2).abs() < 0.6, "{across} mm");
    data.seal = SealFace::Picture(b"\x89PNG\r\n\x1a\nnot really".to_vec());
    assert!(matches!(press().proof(&data), Err(PaperError::SealPicture(_))));
    data.seal = SealFace::Slot;
    let paper = press().proof(&data).expect("made");
    has_all(&paper, &["（盖章处）"]);
    assert!(!OnDisk::of(&paper).text().contains("演示"), "no demonstration, no mark of one");
}

#[test]
fn a_missing_font_is_an_incomplete_installation() {
    let dir = tempfile::tempdir().expect("a directory");
    let error = tongban_licence::Fonts::load(dir.path()).err().expect("refused");
    assert_eq!(error.code().as_str(), "K104");
    for face in tongban_licence::Face::ALL {
        std::fs::write(dir.path().join(face.file()), b"not a font").expect("written");
    }
    let fonts = tongban_licence::Fonts::load(dir.path()).expect("files are there");
    let press = tongban_licence::Press::new(fonts, tongban_licence::Templates::builtin());
    assert_eq!(press.receipt(&receipt(1)).expect_err("damaged").code().as_str(), "K104");
}

#[test]
fn every_paper_of_the_hall_prints_with_title_number_and_its_law() {
    use tongban_domain::event::PaperKind;
    let press = press();
    for kind in PaperKind::ALL.into_iter().filter(|kind| *kind != PaperKind::Receipt) {
        let form = press.paper_form(kind).unwrap();
        let number = format!("示住建{}〔2026〕00012号", form.word);
        let mut text = paper_text(&number);
        text.points = vec!["企业净资产证明：缺第 3 页，请补齐。".into(), "技术负责人业绩证明：请提供 2 项。".into()];
        let paper = press.paper(kind, &text).unwrap_or_else(|error| panic!("{}: {error}", kind.as_str()));
        has_all(&paper, &[&form.title, &number, "缺第3页", "请提供2项", "示范市住房和城乡建设局", "2026年11月23日"]);
        assert!(form.copies >= 1 && !OnDisk::of(&paper).text().contains('{'), "{}", kind.as_str());
    }
    let with = |kind, wanted: &[&str]| has_all(&press.paper(kind, &paper_text("x")).unwrap(), wanted);
    with(PaperKind::Denial, &["低于800万元", "行政复议", "行政诉讼", "六十日内", "六个月内", "府前路1号", "法院路2号"]);
    with(PaperKind::Rejection, &["示范市水利局", "行政复议", "行政诉讼"]);
    with(PaperKind::Special, &["专家评审", "10个工作日", "不计算在办理期限内"]);
    with(PaperKind::Completeness, &["不代表准予许可"]);
}

#[test]
fn a_paper_leaves_out_what_the_case_does_not_say() {
    use tongban_domain::event::PaperKind;
    let mut text = paper_text("x");
    text.values.remove("competent");
    let paper = press().paper(PaperKind::Rejection, &text).unwrap();
    let said = OnDisk::of(&paper).text();
    assert!(!said.contains("职权范围") && said.contains("行政复议"), "{said}");
    assert!(press().paper(PaperKind::Receipt, &text).is_err(), "the receipt has a face of its own");
}

#[test]
fn a_signature_is_drawn_back_on_the_receipt_in_its_place_and_nothing_else_changes() {
    use tongban_domain::ink::{Dot, Handwriting};
    let mut data = receipt(3);
    let plain = press().receipt(&data).expect("made");
    assert!(!OnDisk::of(&plain).text().contains("申请人手写签名"), "nobody wrote");
    let dot = |x, y| Dot { x, y, pressure: 0, ms: 0 };
    let strokes = vec![vec![dot(0, 500), dot(3_000, 500)], vec![dot(1_500, 900)]];
    data.signature = Some(Handwriting::new(3_000, 1_000, strokes).expect("a signature"));
    let paper = press().receipt(&data).expect("made");
    has_all(&paper, &["申请人手写签名", "材料清单（3）"]);
    assert_eq!(paper.pages, 1);
    let (before, after) = (OnDisk::of(&plain).pixels(), OnDisk::of(&paper).pixels());
    let differ = before.enumerate_pixels().filter(|(x, y, pixel)| *pixel != after.get_pixel(*x, *y));
    let places: Vec<(u32, u32)> = differ.map(|(x, y, _)| (x, y)).collect();
    let share = |at: u32, side: u32| f64::from(at) / f64::from(side);
    // Right of the middle, below the notes; the long stroke is 54 of 210 mm long.
    assert!(places.iter().all(|(x, _)| share(*x, before.width()) > 0.4), "left half untouched");
    let longest = places.iter().map(|(_, y)| places.iter().filter(|(_, other)| other == y).count()).max();
    let wanted = f64::from(before.width()) * 54.0 / 210.0;
    assert!(longest.is_some_and(|run| (run as f64 - wanted).abs() < 6.0), "{longest:?} of {wanted}");
    assert_eq!(OnDisk::of(&paper).check(), OnDisk::of(&plain).check());
}
