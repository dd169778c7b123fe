//! Demo papers: people and firms of region 8901xx, which no real person can have.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::{Path, PathBuf};
use std::process::Command;
use tongban_domain::clock::WallTime;
use tongban_licence::{
    ApplicantLine, Fonts, LicenceData, MaterialLine, NoticeData, Obtained, Paper, PaperText, Press, ProofData,
    ProofRow, ReceiptData, SealFace, Templates,
};

/// 2026-11-23 09:30 in China.
pub const AT: WallTime = WallTime(1_795_397_400_000);

pub fn assets(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets").join(name)
}

pub fn press() -> Press {
    let fonts =
        Fonts::load(&assets("fonts")).expect("run ./dev fetch: the fonts are downloaded, not in the repository");
    Press::new(fonts, Templates::load(&assets("licences")).expect("the shipped templates are right"))
}

pub fn receipt(materials: usize) -> ReceiptData {
    const NAMES: [&str; 17] = [
        "建筑业企业资质申请表",
        "企业法人营业执照",
        "法定代表人身份证明及任职文件",
        "企业章程",
        "经审计的上一年度财务报告（附验证码）",
        "办公场所产权证明或者租赁合同",
        "技术负责人职称证书、身份证明及业绩证明",
        "中级以上职称人员名单及职称证书",
        "技术工人名单及职业资格证书",
        "注册建造师注册证书",
        "企业安全生产管理制度",
        "现场管理人员岗位证书",
        "主要机械设备购置发票",
        "近一个月社会保险缴纳明细",
        "技术负责人主持完成的工程业绩证明（含中标通知书、施工合同、竣工验收证明文件）",
        "企业质量管理体系文件",
        "企业诚信承诺书",
    ];
    let way = |at: usize| match at % 17 {
        0 => Obtained::Generated,
        1 | 3 => Obtained::Shared("电子证照".into()),
        5 => Obtained::Shared("产权信息".into()),
        9 | 11 => Obtained::Shared("住建信息".into()),
        13 => Obtained::Shared("社保信息".into()),
        15 => Obtained::Deferred,
        16 => Obtained::NotNeeded,
        pages => Obtained::Captured(u32::try_from(pages).expect("small")),
    };
    ReceiptData {
        hall: "示范市政务服务中心".into(),
        place: "综合窗口 3 号".into(),
        number: "89010226112300100017".into(),
        item: "建筑业企业资质认定（首次申请）".into(),
        applicant: ApplicantLine {
            name: "陈建国".into(),
            number: "890102197803150113".into(),
            firm: Some(("示范市宏远建设有限公司".into(), "91890100MA8DEM018P".into())),
        },
        materials: (0..materials).map(|at| MaterialLine { name: NAMES[at % 17].into(), obtained: way(at) }).collect(),
        password: "402917".into(),
        promised_days: Some(15),
        hotline: "0890-12345".into(),
        qr: "https://zwfw.example.cn/q/89010226112300100017".into(),
        signature: None,
        received_at: AT,
        offline: false,
        time_untrusted: false,
        demo: true,
    }
}

pub fn proof(months: u32) -> ProofData {
    let rows = (0..months)
        .map(|at| {
            let month = 2026 * 12 + 9 - (months - 1 - at);
            ProofRow {
                month: format!("{}-{:02}", month / 12, month % 12 + 1),
                base: format!("{}.00", 4200 + at / 12 * 350),
                person: format!("{}.00", (4200 + at / 12 * 350) * 8 / 100),
                firm: format!("{}.00", (4200 + at / 12 * 350) * 16 / 100),
            }
        })
        .collect::<Vec<_>>();
    ProofData {
        number: "示社险证〔2026〕0000412号".into(),
        name: "李秀英".into(),
        id_number: "89010219550820022X".into(),
        kind: "企业职工基本养老保险".into(),
        from: rows.first().map(|row| row.month.clone()).unwrap_or_default(),
        to: rows.last().map(|row| row.month.clone()).unwrap_or_default(),
        rows,
        total: "8484.00".into(),
        verify_code: "7K3M9QX2TB4W8HRD".into(),
        verify_url: "https://zwfw.example.cn/v/7K3M9QX2TB4W8HRD".into(),
        issuer: "示范市社会保险基金管理中心".into(),
        issued_at: AT,
        place: "自助终端 K03".into(),
        seal: SealFace::Drawn {
            organisation: "示范市社会保险基金管理中心".into(),
            purpose: "业务专用章".into(),
            demo: true,
        },
        demo: true,
    }
}

pub fn licence() -> LicenceData {
    LicenceData {
        template: "licence".into(),
        fields: Vec::new(),
        firm: "示范市宏远建设有限公司".into(),
        uscc: "91890100MA8DEM018P".into(),
        address: "示范市城东区中山街道和平社区建设路 18 号".into(),
        legal_person: "陈建国".into(),
        registered_capital: "3000 万元人民币".into(),
        economic_type: "有限责任公司（自然人投资或控股）".into(),
        number: "D389000017".into(),
        valid_from: "2026-11-23".into(),
        valid_to: "2031-11-22".into(),
        grades: vec!["建筑工程施工总承包三级".into(), "钢结构工程专业承包三级".into()],
        issuer: "示范市住房和城乡建设局".into(),
        issued_on: "2026-11-23".into(),
        copy: "正本".into(),
        identifier: "1.2.156.3005.2.11100000000013338W001.11890100MA8DEM02X1.2026000017.001.A".into(),
        verify_url: "https://zwfw.example.cn/v/9F2K7T4MZQ8B3XWD".into(),
        seal: SealFace::Drawn {
            organisation: "示范市住房和城乡建设局".into(), purpose: String::new(), demo: true
        },
        demo: true,
        made_at: AT,
    }
}

/// As long as names come: a firm of 58 characters, three lines of address, eight grades.
pub fn long_licence() -> LicenceData {
    LicenceData {
        firm: "示范省示范市城东区宏远国际建筑工程技术发展与城市基础设施投资建设管理（集团）股份有限公司\
               示范市青禾县第二分公司（Hongyuan）"
            .into(),
        address: "示范省示范市青禾县柳溪镇双桥村民委员会第三村民小组示范大道与科技创新产业园区环路交叉口东南侧\
                  一百二十八号宏远国际建筑科技大厦甲座二十三层二三〇一至二三一六室"
            .into(),
        legal_person: "阿布都热依木·买买提艾力·库尔班江".into(),
        economic_type: "股份有限公司（非上市、自然人投资或控股）".into(),
        grades: [
            "建筑工程施工总承包三级",
            "市政公用工程施工总承包三级",
            "机电工程施工总承包三级",
            "钢结构工程专业承包三级",
            "消防设施工程专业承包二级",
            "防水防腐保温工程专业承包二级",
            "模板脚手架专业承包不分等级",
        ]
        .map(String::from)
        .to_vec(),
        issuer: "示范市城东区住房和城乡建设与交通运输管理局".into(),
        seal: SealFace::Drawn {
            organisation: "示范市城东区住房和城乡建设与交通运输管理局".into(),
            purpose: "行政审批专用章".into(),
            demo: true,
        },
        ..licence()
    }
}

pub fn food_licence() -> LicenceData {
    LicenceData {
        template: "licence_food".into(),
        fields: vec![
            ("premises".into(), "示范市城东区中山街道食府街 11 号".into()),
            ("business_form".into(), "餐饮服务经营者".into()),
            ("operations".into(), "热食类食品制售；冷食类食品制售；自制饮品制售".into()),
        ],
        firm: "城东区食尚餐饮店".into(),
        uscc: "92890102MA8DEM026C".into(),
        address: "示范市城东区中山街道食府街 11 号".into(),
        legal_person: "吴昊".into(),
        number: "JY28901020000015".into(),
        grades: Vec::new(),
        issuer: "城东区市场监督管理局".into(),
        seal: SealFace::Drawn {
            organisation: "城东区市场监督管理局".into(), purpose: String::new(), demo: true
        },
        ..licence()
    }
}

pub fn notice(paragraphs: usize) -> NoticeData {
    let text = "你单位于2026年11月23日提交的建筑业企业资质认定（首次申请）申请材料收悉。经审查，申请材料齐全，\
                符合法定形式，根据《中华人民共和国行政许可法》第三十二条的规定，决定予以受理。";
    NoticeData {
        title: "受理通知书".into(),
        number: "示住建许受〔2026〕00012号".into(),
        addressee: "示范市宏远建设有限公司".into(),
        paragraphs: vec![text.into(); paragraphs],
        points: vec!["承诺办结时限：自受理之日起15个工作日。".into(), "办理结果可选择窗口领取或者邮寄。".into()],
        issuer: "示范市住房和城乡建设局".into(),
        issued_at: AT,
        qr: Some("https://zwfw.example.cn/n/00012".into()),
        hotline: "0890-12345".into(),
        seal: SealFace::Drawn {
            organisation: "示范市住房和城乡建设局".into(),
            purpose: "行政审批专用章".into(),
            demo: true,
        },
        demo: true,
    }
}

/// Everything a paper of any kind may be told.
pub fn paper_text(number: &str) -> PaperText {
    let values = [
        ("item", "建筑业企业资质认定（首次申请）"),
        ("receipt", "890102 261123 003 00017"),
        ("project_no", "1189010000123401X638901170010012026112300001"),
        ("org", "示范市住房和城乡建设局"),
        ("received", "2026年11月23日"),
        ("accepted", "2026年11月23日"),
        ("due", "2026年12月7日"),
        ("reason", "企业净资产 600 万元，低于 800 万元"),
        ("approval", "首次告知后发现审计报告缺页"),
        ("competent", "示范市水利局"),
        ("review_org", "示范市人民政府"),
        ("review_address", "示范市城东区府前路1号"),
        ("review_phone", "0890-8900101"),
        ("review_within", "自收到决定之日起六十日内"),
        ("litigation_org", "示范市城东区人民法院"),
        ("litigation_address", "示范市城东区法院路2号"),
        ("litigation_within", "自收到决定之日起六个月内"),
        ("special", "专家评审"),
        ("days", "10"),
        ("head", "示范市住房和城乡建设局负责人"),
        ("content", "建筑工程施工总承包三级"),
        ("result", "建筑业企业资质证书"),
        ("delivery", "窗口领取"),
        ("amount", "100.00"),
        ("fee_basis", "示发改价〔2020〕1号"),
        ("order", "FEE0001"),
        ("licence_no", "D3890000174"),
        ("place", "示范市政务服务中心统一制证窗口"),
        ("applicant", "示范市宏远建设有限公司"),
        ("delivered", "2026年12月8日"),
        ("collector", "本人"),
        ("officer", "周制证"),
        ("version", "1"),
        ("grade", "满意"),
    ];
    PaperText {
        number: number.into(),
        addressee: "示范市宏远建设有限公司".into(),
        values: values.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        points: Vec::new(),
        issuer: "示范市住房和城乡建设局".into(),
        issued_at: AT,
        qr: Some("https://zwfw.example.cn/v/00012".into()),
        hotline: "0890-12345".into(),
        seal: SealFace::Drawn {
            organisation: "示范市住房和城乡建设局".into(),
            purpose: "行政审批专用章".into(),
            demo: true,
        },
        demo: true,
    }
}

/// A paper on disk with the outside tools that judge it.
pub struct OnDisk {
    dir: tempfile::TempDir,
}

impl OnDisk {
    pub fn of(paper: &Paper) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(dir.path().join("paper.pdf"), &paper.pdf).expect("written");
        Self { dir }
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(self.dir.path())
            .output()
            .unwrap_or_else(|error| panic!("{program} is needed (poppler-utils, zbar-tools, qpdf): {error}"));
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Text in drawing order without any white space: what is on the paper, wherever lines broke.
    pub fn text(&self) -> String {
        self.run("pdftotext", &["-raw", "paper.pdf", "-"]).chars().filter(|c| !c.is_whitespace()).collect()
    }

    pub fn info(&self) -> String {
        self.run("pdfinfo", &["paper.pdf"])
    }

    pub fn fonts(&self) -> String {
        self.run("pdffonts", &["paper.pdf"])
    }

    pub fn check(&self) -> String {
        self.run("qpdf", &["--check", "paper.pdf"])
    }

    /// The first page at 150 dots an inch.
    pub fn pixels(&self) -> image::RgbImage {
        self.run("pdftoppm", &["-r", "150", "-f", "1", "-l", "1", "-png", "-singlefile", "paper.pdf", "first"]);
        image::open(self.dir.path().join("first.png")).expect("a picture").into_rgb8()
    }

    /// What a scanner reads from the first page printed at 150 dots an inch.
    pub fn qr(&self) -> String {
        self.run("pdftoppm", &["-r", "150", "-f", "1", "-l", "9", "-gray", "paper.pdf", "page"]);
        let mut pages: Vec<_> = std::fs::read_dir(self.dir.path())
            .expect("readable")
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.ends_with(".pgm"))
            .collect();
        pages.sort();
        // Status 4 is "no code on at least one of the pages", which is right for papers of many pages.
        let output = Command::new("zbarimg")
            .args(["-q", "--raw"])
            .args(&pages)
            .current_dir(self.dir.path())
            .output()
            .expect("zbarimg is needed (zbar-tools)");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}
