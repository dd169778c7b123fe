//! Papers that are only for measuring: other words than those the demonstration shows, with what stands on them.

use super::random::Random;
use super::sheet::Sheet;
use super::type_case::{Align, FontFiles, Style, TypeCase};
use super::workspace;
use anyhow::Result;
use image::RgbImage;

/// A paper and the truth about it.
pub struct Exam {
    /// Short name.
    pub name: &'static str,
    /// 材料名称 it is handed in for.
    pub material: &'static str,
    /// Name that must stand on it.
    pub holder: &'static str,
    /// Label and figure in 万元, where one is asked for.
    pub figure: Option<(&'static str, &'static str)>,
    title: &'static str,
    body: &'static [&'static str],
    sealed: &'static str,
}

const FIRM: &str = "示范市宏远建设有限公司";
const OFFICE: &str = "示范市市场监督管理局";

/// The papers; the first eight serve a material, the others none of those.
pub const EXAMS: &[Exam] = &[
    Exam {
        name: "licence",
        material: "营业执照",
        holder: FIRM,
        figure: None,
        title: "营 业 执 照",
        body: &[
            "统一社会信用代码：91890100MA8DEM018P",
            "名称：示范市宏远建设有限公司",
            "类型：有限责任公司（自然人投资或控股）",
            "法定代表人：陈建国",
            "注册资本：捌佰万元整",
            "成立日期：2012年06月18日",
            "住所：示范市城东区中山街道建设路18号3层",
            "经营范围：房屋建筑工程、市政公用工程、园林绿化工程施工；建筑材料销售。（依法须经批准的项目，经相关部门批准后方可开展经营活动）",
        ],
        sealed: OFFICE,
    },
    Exam {
        name: "audit",
        material: "企业净资产证明（经审计的财务报告）",
        holder: FIRM,
        figure: Some(("净资产", "915.5")),
        title: "审 计 报 告",
        body: &[
            "示范市宏远建设有限公司董事会：",
            "我们接受委托，对贵公司2025年度财务报表进行了审计，这些报表由贵公司管理层负责，我们的责任是在实施审计工作的基础上发表审计意见。",
            "经审计，贵公司截至2025年12月31日资产总计1,406.30万元，负债合计490.80万元，净资产915.50万元。",
            "我们认为，上述财务报表在所有重大方面公允反映了贵公司的财务状况。",
        ],
        sealed: "示范市公正会计师事务所",
    },
    Exam {
        name: "lease",
        material: "办公场所租赁合同",
        holder: FIRM,
        figure: None,
        title: "房屋租赁合同",
        body: &[
            "出租人：城东区中山街道资产管理中心",
            "承租人：示范市宏远建设有限公司",
            "一、出租房屋位于建设路18号4层，使用面积260平方米，供承租人办公使用。",
            "二、租期三年，自2026年1月1日起至2028年12月31日止。",
            "三、月租金七千五百元，按季度支付，首期租金于签约后五日内付清。",
            "四、水、电、物业管理等费用由承租人承担。",
        ],
        sealed: "城东区中山街道资产管理中心",
    },
    Exam {
        name: "mandate",
        material: "授权委托书",
        holder: FIRM,
        figure: None,
        title: "授权委托书",
        body: &[
            "示范市行政审批服务中心：",
            "兹委托我公司职工王明，身份证号码890121199001010336，前往贵处办理资质申请的有关手续，包括递交材料、答复询问、领取批准文件。",
            "委托单位：示范市宏远建设有限公司",
            "本委托有效期至2026年10月31日，期满自动失效。",
        ],
        sealed: FIRM,
    },
    Exam {
        name: "safety",
        material: "安全生产管理制度文本",
        holder: FIRM,
        figure: None,
        title: "安全生产管理制度",
        body: &[
            "示范市宏远建设有限公司为落实安全生产责任，制定本制度，全体人员遵照执行。",
            "一、坚持安全第一、预防为主、综合治理的方针。",
            "二、每月召开一次安全例会，分析形势，布置检查。",
            "三、高处作业必须系安全带，进入现场必须戴安全帽。",
            "四、临时用电实行三级配电、两级保护，由持证电工维护。",
            "五、对违章指挥、违章作业的，责令停工整改并予以处罚。",
        ],
        sealed: FIRM,
    },
    Exam {
        name: "report",
        material: "公共场所卫生检测或者评价报告",
        holder: "",
        figure: None,
        title: "公共场所卫生检测报告",
        body: &[
            "受检单位：和平社区老年食堂",
            "检测项目：空气温度、相对湿度、风速、二氧化碳、一氧化碳、细菌总数、照度、噪声。",
            "检测依据：GB/T 18204 公共场所卫生检验方法。",
            "检测结论：所检项目均符合 GB 37488-2019 的要求。",
        ],
        sealed: "示范市职业技能培训中心",
    },
    Exam {
        name: "training",
        material: "技术工人培训合格证明",
        holder: FIRM,
        figure: None,
        title: "培训合格证明",
        body: &[
            "兹证明示范市宏远建设有限公司三十名职工参加建筑业职业技能培训，学习期满，成绩合格。",
            "其中砌筑工十名，钢筋工八名，模板工六名，电工六名。",
        ],
        sealed: "示范市职业技能培训中心",
    },
    Exam {
        name: "performance",
        material: "技术负责人业绩证明",
        holder: "赵强",
        figure: None,
        title: "工程业绩证明",
        body: &[
            "赵强同志在城北区文化馆改造工程中任技术负责人，工程建筑面积八千四百平方米，合同价款1,260万元，已竣工验收合格。",
            "该工程施工期间未发生质量和安全事故，履约情况良好。",
        ],
        sealed: "示范市城市建设投资中心",
    },
    Exam {
        name: "wages",
        material: "",
        holder: FIRM,
        figure: None,
        title: "工资发放明细",
        body: &["示范市宏远建设有限公司二月份工资已于三月五日发放完毕，共计四十二人，应发合计三十一万元。"],
        sealed: FIRM,
    },
    Exam {
        name: "minutes",
        material: "",
        holder: FIRM,
        figure: None,
        title: "会议纪要",
        body: &["三月十日，示范市宏远建设有限公司召开经营例会，听取第一季度工作汇报，讨论下一步安排。"],
        sealed: FIRM,
    },
    Exam {
        name: "closure",
        material: "",
        holder: "",
        figure: None,
        title: "道路封闭施工公告",
        body: &["因管网改造需要，建设路自六月一日至六月三十日封闭施工，请过往车辆绕行。"],
        sealed: "城东区中山街道资产管理中心",
    },
];

/// Sets papers.
pub struct Press(FontFiles);

impl Press {
    /// With the project's fonts.
    ///
    /// # Errors
    /// When they are not installed.
    pub fn open() -> Result<Self> {
        Ok(Self(FontFiles::read(&workspace().join("assets/fonts"))?))
    }

    /// Sets a paper. `seal`: with its red seal; the lines of text are given as they stand on it, in the order they
    /// were set.
    ///
    /// # Errors
    /// When a letter has no glyph.
    pub fn draw(&self, exam: &Exam, seed: u64, seal: bool) -> Result<(RgbImage, Vec<String>)> {
        let case = TypeCase::new(&self.0)?;
        let mut sheet = Sheet::new(&case, Random::new(seed, exam.name), [250, 249, 247])?;
        sheet.y = 40.0;
        sheet.title(11.0, exam.title);
        sheet.y += 4.0;
        for text in exam.body {
            sheet.block(Style::Serif, 4.8, 0.0, text);
        }
        sheet.y += 12.0;
        let at = sheet.y;
        sheet.note(Align::Right, "二〇二六年四月九日");
        if seal {
            sheet.stamp((152.0, at + 22.0), exam.sealed, "业务专用章")?;
        }
        let lines = std::mem::take(&mut sheet.said);
        Ok((super::opaque(&sheet.page), lines))
    }
}
